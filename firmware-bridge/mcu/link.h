// Requests and their answers (docs/link.md).
#ifndef NOMUL_LINK_H
#define NOMUL_LINK_H

// Executes the request at RX_AT and answers it.
void link_answer(void);

// To be called while nothing comes: returns to the rate after power-on when the line says nothing
// that is understood.
void link_idle(void);

// A byte has come.
void link_heard(void);

#endif
