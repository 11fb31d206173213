import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Teardown } from './database.ts';
import type { TwinAccount } from './twilio-rest.ts';

/**
 * Twilio's recordings, as far as playing and deleting go: Basic authentication, ranges, 404 for what is gone. A sound is
 * nothing but bytes.
 */
export type RecordingsTwin = {
  readonly url: string;
  readonly sounds: Map<string, Buffer>;
  /** `DELETE RE…`, in their order, with the status. */
  readonly answered: string[];
  behave(how: 'well' | 'silent' | 'broken' | 'html' | 'redirect'): void;
};

export async function recordingsTwin(t: Teardown, account: TwinAccount): Promise<RecordingsTwin> {
  const sounds = new Map<string, Buffer>();
  const answered: string[] = [];
  let behaviour: Parameters<RecordingsTwin['behave']>[0] = 'well';
  const server = createServer((request, response) => {
    if (behaviour === 'silent') return;
    const status = answer(request, response);
    answered.push(`${request.method} ${/RE\w{32}/.exec(request.url ?? '')?.[0]} ${status}`);
  });
  const answer = (request: IncomingMessage, response: ServerResponse): number => {
    const end = (status: number, headers: Record<string, string | number> = {}, body?: Buffer): number => {
      response.writeHead(status, headers).end(body);
      return status;
    };
    if (behaviour === 'broken') return end(500);
    if (behaviour === 'redirect') return end(302, { location: 'http://127.0.0.1:1/elsewhere.mp3' });
    const match = /^\/2010-04-01\/Accounts\/(AC\w{32})\/Recordings\/(RE\w{32})\.(mp3|json)$/.exec(
      request.url ?? '',
    );
    const basic = `Basic ${Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64')}`;
    if (match?.[1] !== account.accountSid || request.headers.authorization !== basic) return end(401);
    const sound = sounds.get(match[2] ?? '');
    if (sound === undefined) return end(404);
    if (request.method === 'DELETE') {
      sounds.delete(match[2] ?? '');
      return end(204);
    }
    if (behaviour === 'html') return end(200, { 'content-type': 'text/html' }, Buffer.from('<script>'));
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const type = { 'content-type': 'audio/mpeg' };
    if (from === undefined || to === undefined)
      return end(200, { ...type, 'content-length': sound.length }, sound);
    const part = sound.subarray(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${to}/${sound.length}`;
    return end(206, { ...type, 'content-length': part.length, 'content-range': range }, part);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the twin has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    sounds,
    answered,
    behave: (how) => {
      behaviour = how;
    },
  };
}
