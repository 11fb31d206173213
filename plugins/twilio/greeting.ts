import type { FastifyInstance } from 'fastify';
import { Problem, problem } from '../../services/routing/errors.ts';
import type { TwilioPorts } from './ports.ts';

/** Twilio's caches keep it as long as a sound lives: another one has another address. */
const forAYear = 'private, max-age=31536000, immutable';

/** What <Play> fetches. The address is the credential: sealed by us, and in no document but that of a call. */
export function registerGreetings(
  scope: FastifyInstance,
  { greetings }: Pick<TwilioPorts, 'greetings'>,
): void {
  if (greetings === undefined) return;
  scope.get<{ Params: { readonly address: string } }>('/twilio/greeting/:address', async (request, reply) => {
    try {
      const sound = await greetings.read(request.params.address);
      if (sound === undefined) throw problem('route.not-found');
      return reply.type(sound.type).header('cache-control', forAYear).send(sound.content);
    } catch (error) {
      if (error instanceof Problem) throw error;
      // Without the database: an error here would end the call before the tone, so the caller hears the tone alone.
      request.log.warn({ err: error }, 'a greeting could not be read');
      return reply.type('audio/wav').header('cache-control', 'no-store').send(silence);
    }
  });
}

const silence = silentWave(8_000, 1_600);

/** Mono, 8 bits a sample. */
function silentWave(samplesPerSecond: number, samples: number): Buffer {
  const wave = Buffer.alloc(44 + samples, 0x80);
  wave.write('RIFF', 0, 'latin1');
  wave.writeUInt32LE(36 + samples, 4);
  wave.write('WAVEfmt ', 8, 'latin1');
  wave.writeUInt32LE(16, 16);
  wave.writeUInt16LE(1, 20);
  wave.writeUInt16LE(1, 22);
  wave.writeUInt32LE(samplesPerSecond, 24);
  wave.writeUInt32LE(samplesPerSecond, 28);
  wave.writeUInt16LE(1, 32);
  wave.writeUInt16LE(8, 34);
  wave.write('data', 36, 'latin1');
  wave.writeUInt32LE(samples, 40);
  return wave;
}
