/* Windows, the memfd behind the heap, %gs.
 *
 * The heap pages of all segments are pages of one memfd. The base (window 0) and EXCLUSIVE pages
 * map them shared; everything else maps them private: such a page reads the base until it is first
 * written, when the kernel copies it. So SHARED -> PRIVATE is one write, without a system call or a
 * new mapping, PRIVATE -> SHARED one MADV_DONTNEED, and neighbours in all these states stay one
 * mapping of the kernel's. STALE is the same mapping without access rights.
 *
 * Nothing here goes into a core dump: the kernel would write the heap out once per window, holes too.
 *
 * I1: the base is mapped readable and writable at all times.
 * I2: a page's mapping in a segment is what StmSegmentState.local says (page.c). */
#define _GNU_SOURCE
#include "stm/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <asm/prctl.h>
#include <unistd.h>

#ifndef HWCAP2_FSGSBASE
#define HWCAP2_FSGSBASE 2
#endif

#define FLAGS_SHARED  (MAP_SHARED | MAP_FIXED | MAP_NORESERVE)
#define FLAGS_PRIVATE (MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE)
#define FLAGS_ANON    (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE)

/* The number of mappings is limited (vm.max_map_count). Counted now and then; when it nears the
 * limit stm handles pages in long runs and prefers copies to STALE pages (page_around, import.c).
 */
static void mem_count_maps(void) {
    static long limit;
    char text[4096];
    if (!limit) {
        limit = 65530;
        FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
        if (file && fgets(text, sizeof text, file)) limit = atol(text);
        if (file) fclose(file);
    }
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    long maps = 0;
    for (ssize_t n; (n = read(fd, text, sizeof text)) > 0;)
        for (ssize_t i = 0; i < n; i++) maps += text[i] == '\n';
    close(fd);
    atomic_store_relaxed(&stm_world.maps_tight, maps > limit / 2);
}

static void mem_mapping_changed(void) {
    enum { COUNT_EVERY = 4096 }; /* a change makes at most two mappings more */
    static uint32_t changes;
    if (atomic_add_relaxed(&changes, 1) % COUNT_EVERY == COUNT_EVERY - 1) mem_count_maps();
}

/* A hint, and the flag of a mapping: a new one at its place has to get it again, also to become one
 * with its neighbours. */
static void mem_no_core(void *at, size_t bytes) { madvise(at, bytes, MADV_DONTDUMP); }

static off_t mem_file_offset(uint64_t page) {
    return (off_t)((page - HEAP_PAGE0) << STM_PAGE_SHIFT);
}

/* ---- limits of the process: reserved address space and the heap's file are not what they are meant for ------------------------------- */

static const int lifted_limits[MEM_LIMITS] = {RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA};

void mem_lift_limits(MemLimits *saved) {
    struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    for (int i = 0; i < MEM_LIMITS; i++) {
        getrlimit(lifted_limits[i], &saved->limits[i]);
        if (saved->limits[i].rlim_cur == RLIM_INFINITY) continue;
        struct rlimit most = {saved->limits[i].rlim_max, saved->limits[i].rlim_max};
        if (setrlimit(lifted_limits[i], &none) < 0) setrlimit(lifted_limits[i], &most);
    }
    sigaction(SIGXFSZ, &ignore, &saved->action);
}

void mem_restore_limits(const MemLimits *saved) {
    int err = errno;
    sigaction(SIGXFSZ, &saved->action, NULL);
    for (int i = 0; i < MEM_LIMITS; i++)
        if (saved->limits[i].rlim_cur != RLIM_INFINITY) setrlimit(lifted_limits[i], &saved->limits[i]);
    errno = err;
}

/* ---- mappings of heap pages --------------------------------------------------------------------------------------------------------- */

/* After ENOMEM, which may be for the limits. */
static bool mem_map_unlimited(char *at, size_t bytes, int prot, int flags, off_t offset) {
    MemLimits limits;
    mem_lift_limits(&limits);
    bool done = mmap(at, bytes, prot, flags, stm_world.memfd, offset) == at;
    mem_restore_limits(&limits);
    return done;
}

static bool mem_protect_unlimited(char *at, size_t bytes, int prot) {
    MemLimits limits;
    mem_lift_limits(&limits);
    bool done = mprotect(at, bytes, prot) == 0;
    mem_restore_limits(&limits);
    return done;
}

static void mem_map(StmSegmentState *seg, uint64_t page, size_t n, int prot, int flags) {
    char *at = seg->base + PAGE_REF(page);
    if (mmap(at, n << STM_PAGE_SHIFT, prot, flags, stm_world.memfd, mem_file_offset(page)) != at &&
        (errno != ENOMEM || !mem_map_unlimited(at, n << STM_PAGE_SHIFT, prot, flags, mem_file_offset(page))))
        stm_fatal("cannot map %zu heap pages: %s", n, strerror(errno));
    mem_no_core(at, n << STM_PAGE_SHIFT);
    mem_mapping_changed();
}

void mem_map_excl(StmSegmentState *seg, uint64_t page, size_t n) {
    mem_map(seg, page, n, PROT_READ | PROT_WRITE, FLAGS_SHARED);
}

void mem_map_shared(StmSegmentState *seg, uint64_t page, size_t n) {
    mem_map(seg, page, n, PROT_READ | PROT_WRITE, FLAGS_PRIVATE);
}

void mem_map_none(StmSegmentState *seg, uint64_t page, size_t n) {
    mem_map(seg, page, n, PROT_NONE, FLAGS_PRIVATE);
}

/* Between SHARED or PRIVATE and STALE; a copy is kept until mem_drop_copies. */
void mem_protect(StmSegmentState *seg, uint64_t page, size_t n, bool access) {
    int prot = access ? PROT_READ | PROT_WRITE : PROT_NONE;
    char *at = seg->base + PAGE_REF(page);
    if (mprotect(at, n << STM_PAGE_SHIFT, prot) && (errno != ENOMEM || !mem_protect_unlimited(at, n << STM_PAGE_SHIFT, prot)))
        stm_fatal("cannot protect %zu heap pages: %s", n, strerror(errno));
    mem_mapping_changed();
}

/* PRIVATE pages read the base again. */
void mem_drop_copies(StmSegmentState *seg, uint64_t page, size_t n) {
    if (madvise(seg->base + PAGE_REF(page), n << STM_PAGE_SHIFT, MADV_DONTNEED))
        stm_fatal("cannot drop %zu page copies: %s", n, strerror(errno));
}

/* First touch of a memfd page costs a fault each; the kernel does a run in one go. False: no
 * memory. */
bool mem_populate(StmSegmentState *seg, uint64_t page, size_t n) {
    char *at = seg->base + PAGE_REF(page);
    while (madvise(at, n << STM_PAGE_SHIFT, MADV_POPULATE_WRITE)) {
        if (errno == EINVAL) return true; /* an older kernel: then by faults */
        if (errno != EINTR && errno != EAGAIN) return false;
    }
    return true;
}

void mem_punch(uint64_t page, size_t n) {
    int how = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (fallocate(stm_world.memfd, how, mem_file_offset(page), (off_t)(n << STM_PAGE_SHIFT)))
        stm_fatal("cannot give heap pages back: %s", strerror(errno));
}

static bool mem_anon(char *base, uint64_t start, uint64_t end) {
    char *at = base + start;
    return mmap(at, end - start, PROT_READ | PROT_WRITE, FLAGS_ANON, -1, 0) == at;
}

/* `bytes` for each heap page; MAP_FAILED: no address space. */
static void *mem_page_table(size_t bytes) {
    return mmap(NULL, stm_world.heap_pages * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static bool mem_segment_init(StmSegmentState *seg, unsigned index) {
    StmWorld *w = &stm_world;
    seg->index = index;
    seg->base = w->windows + index * w->window;
    seg->hot = (StmSegment *)(seg->base + SEG_OFFSET);
    uint64_t end = w->window;
    if (!mem_anon(seg->base, SEG_OFFSET, SEG_OFFSET + SEG_BYTES) ||
        !mem_anon(seg->base, CARDS_START, end >> STM_CARD_SHIFT) ||
        !mem_anon(seg->base, REMEMBERED_BASE + CARDS_START, REMEMBERED_BASE + (end >> STM_CARD_SHIFT)) ||
        !mem_anon(seg->base, MARKERS_START, end >> STM_GRANULE_SHIFT))
        return false;
    mem_no_core(seg->base + SEG_OFFSET + SEG_BYTES, end - SEG_OFFSET - SEG_BYTES);
    mem_map_none(seg, HEAP_PAGE0, w->heap_pages);
    seg->local = mem_page_table(1);
    seg->heat = mem_page_table(1);
    if (seg->local == MAP_FAILED || seg->heat == MAP_FAILED) return false;
    seg->hot->self_base = (uint64_t)seg->base;
    seg->hot->index = (uint16_t)index;
    seg->hot->page_local = seg->local - HEAP_PAGE0;
    seg->hot->version = 1;
    return true;
}

int mem_new_memfd(void) {
    int fd = memfd_create("weft-heap", MFD_CLOEXEC);
    if (fd < 0) return -1;
    if (ftruncate(fd, (off_t)(stm_world.heap_pages << STM_PAGE_SHIFT)) == 0) return fd;
    int err = errno;
    close(fd);
    errno = err;
    return -1;
}

/* Map the base again after the memfd has been replaced (fork). */
void mem_map_base(void) { mem_map_excl(&stm_world.segs[0], HEAP_PAGE0, stm_world.heap_pages); }

/* Is there room for the rest of the process: tables of the collector, stacks? */
static bool mem_leaves_room(void) {
    size_t bytes = (stm_world.window - HEAP_START) / 16 + (3u << 30);
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at != MAP_FAILED && munmap(at, bytes) == 0;
}

static bool mem_map_all(void) {
    StmWorld *w = &stm_world;
    w->windows = MAP_FAILED;
    w->pages = MAP_FAILED;
    for (unsigned i = 1; i <= w->n_segments; i++) {
        w->segs[i].local = MAP_FAILED;
        w->segs[i].heat = MAP_FAILED;
    }
    w->heap_pages = (w->window - HEAP_START) >> STM_PAGE_SHIFT;
    w->memfd = mem_new_memfd();
    if (w->memfd < 0) return false;
    w->windows = mmap(NULL, (w->n_segments + 1) * w->window, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (w->windows == MAP_FAILED) return false;
    w->pages = mem_page_table(sizeof *w->pages);
    if (w->pages == MAP_FAILED) return false;
    w->segs[0].base = w->windows;
    mem_map_base();
    for (unsigned i = 1; i <= w->n_segments; i++)
        if (!mem_segment_init(&w->segs[i], i)) return false;
    return mem_leaves_room();
}

enum { LEAST_HEAP = 128 << 20, WINDOW_UNIT = 2 << 20 };

bool mem_init(void) {
    StmWorld *w = &stm_world;
    MemLimits limits;
    mem_lift_limits(&limits);
    bool done;
    while (!(done = mem_map_all())) { /* limits of the process may allow for a smaller heap */
        int err = errno;
        uint64_t heap = (w->window - HEAP_START) / 2 & -(uint64_t)WINDOW_UNIT;
        mem_fini();
        errno = err;
        if ((err != ENOMEM && err != EFBIG) || heap < LEAST_HEAP) break;
        w->window = HEAP_START + heap;
    }
    mem_restore_limits(&limits);
    return done;
}

static void mem_unmap(void *at, size_t bytes) {
    if (at != MAP_FAILED) munmap(at, bytes);
}

void mem_fini(void) {
    StmWorld *w = &stm_world;
    mem_unmap(w->windows, (w->n_segments + 1) * w->window);
    mem_unmap(w->pages, w->heap_pages * sizeof *w->pages);
    for (unsigned i = 1; i <= w->n_segments; i++) {
        mem_unmap(w->segs[i].local, w->heap_pages);
        mem_unmap(w->segs[i].heat, w->heap_pages);
    }
    if (w->memfd >= 0) close(w->memfd);
}

/* Point %gs at a window; 0 makes every use of a segment fault. */
void mem_set_gs(void *window) {
    static int instruction = -1;
    if (instruction < 0) instruction = (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) != 0;
    if (instruction)
        __asm__ volatile("wrgsbase %0" : : "r"((uint64_t)window) : "memory");
    else
        syscall(SYS_arch_prctl, ARCH_SET_GS, (unsigned long)window);
}

/* Zero the read markers of heap pages below `top`, so that version numbers can start over. Only the
 * pages which exist are visited (nursery markers are never looked at); where they are many, they
 * go: their working set may be long over. */
void mem_clear_markers(StmSegmentState *seg) {
    uint64_t start = HEAP_START >> STM_GRANULE_SHIFT;
    uint64_t end = (HEAP_START + (heap_top() << STM_PAGE_SHIFT)) >> STM_GRANULE_SHIFT;
    end = (end + STM_PAGE - 1) & ~(STM_PAGE - 1);
    enum { PIECE = 32 << 20 };
    unsigned char resident[PIECE >> STM_PAGE_SHIFT];
    size_t kept = 0;
    for (uint64_t at = start; at < end; at += PIECE) {
        size_t bytes = end - at < PIECE ? end - at : PIECE;
        char *flat = seg->base + at;
        if (kept > (16u << 20) || mincore(flat, bytes, resident)) {
            madvise(flat, bytes, MADV_DONTNEED);
            continue;
        }
        for (size_t i = 0; i < bytes >> STM_PAGE_SHIFT; i++)
            if (resident[i] & 1) {
                memset(flat + (i << STM_PAGE_SHIFT), 0, STM_PAGE);
                kept += STM_PAGE;
            }
    }
}
