/* The C locale, for start-up. */
#ifndef VM_MODULES_LOCALE_H
#define VM_MODULES_LOCALE_H

/* LC_CTYPE as the environment says; UTF-8 where that is the C locale (PEP 538). */
void vm_locale_init(void);

#endif
