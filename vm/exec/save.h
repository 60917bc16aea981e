/* Saves of frames by the running transaction: between frame.c, safepoint.c and thread_state.c. */
#ifndef VM_EXEC_SAVE_H
#define VM_EXEC_SAVE_H

#include "vm/exec/frame.h"

typedef struct VmSave {
    struct VmSave *next; /* older one */
    VmFrame *frame;
    size_t size;
    uint8_t bytes[] __attribute__((aligned(8)));
} VmSave;

void frame_save_begin(VmThread *thread);   /* a transaction begins: save the top frame and the state */
void frame_save_restore(VmThread *thread); /* it is aborted */
void frame_save_forget(VmThread *thread);  /* none runs: solo mode */
/* The frame is about to be left: its PyFrameObject takes its locals over. */
void py_frame_object_detach(VmThread *thread, VmFrame *frame);

#endif
