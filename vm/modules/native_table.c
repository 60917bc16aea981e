/* The table of C memory that heap objects own: see native_table.h. */
#include "vm/modules/native_table.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct {
    pthread_mutex_t mutex;
    void **entries; /* [0] is not used */
    size_t count;
} table = {.mutex = PTHREAD_MUTEX_INITIALIZER};

size_t native_add(void *memory) {
    pthread_mutex_lock(&table.mutex);
    size_t i = 1;
    while (i < table.count && table.entries[i]) i++;
    if (i >= table.count) {
        size_t count = table.count ? table.count * 2 : 16;
        void **entries = realloc(table.entries, count * sizeof *entries);
        if (entries) {
            memset(entries + table.count, 0, (count - table.count) * sizeof *entries);
            table.entries = entries, table.count = count;
        } else {
            i = 0;
        }
    }
    if (i) table.entries[i] = memory;
    pthread_mutex_unlock(&table.mutex);
    return i;
}

void *native_at(size_t number) {
    pthread_mutex_lock(&table.mutex);
    void *memory = number ? table.entries[number] : 0;
    pthread_mutex_unlock(&table.mutex);
    return memory;
}

void *native_remove(size_t number) {
    pthread_mutex_lock(&table.mutex);
    void *memory = number ? table.entries[number] : 0;
    if (number) table.entries[number] = 0;
    pthread_mutex_unlock(&table.mutex);
    return memory;
}
