/* Telling the service manager how far we are (sd_notify(3), over NOTIFY_SOCKET). */
#pragma once

/* Remembers the socket and takes it out of the environment. Call before privileges are dropped. */
void notify_init(void);
/* "READY=1", "STOPPING=1", "STATUS=..."; does nothing where nobody listens. */
void notify_send(const char *state);
