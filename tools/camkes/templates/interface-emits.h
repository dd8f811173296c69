/*- local interface = ... -*/
void /*? interface.name ?*/_emit(void);
void /*? interface.name ?*/_emit_underlying(void) __attribute__((weak));
