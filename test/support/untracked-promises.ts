import hooks from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';

/**
 * To be imported before tap, which follows every promise from its making to the collector to know in which test one was
 * rejected that nobody caught: a tenth of all time where tests ask the app and its database. Without that such a
 * rejection still fails the file, with its line; what timers and sockets throw still fails its test.
 */
const { createHook } = hooks;
hooks.createHook = (callbacks) => createHook({ ...callbacks, trackPromises: false });
syncBuiltinESMExports();
await import('tap');
hooks.createHook = createHook;
syncBuiltinESMExports();
