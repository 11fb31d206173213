import { startEmbedded } from '../../../services/storage/embedded.ts';

/** A process that owns an embedded database in the folder of its argument, to be killed. Ctrl-C does not move it. */
process.on('SIGINT', () => undefined);
try {
  const server = await startEmbedded({ dataDir: process.argv[2] ?? '', log: console.error });
  console.log(`ready ${server.url} ${server.pid}`);
  process.on('SIGTERM', () => {
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
  setInterval(() => undefined, 1_000);
} catch (error) {
  console.log(`refused ${error instanceof Error ? error.message : String(error)}`);
}
