import { problem } from '../../../services/routing/errors.ts';
import type { GreetingSoundType } from '../../../services/storage/tables.ts';

export const mostBytes = 5 * 1024 * 1024;

/** The names that browsers and tools give to what carriers play. */
export const soundTypes = [
  'audio/mpeg',
  'audio/mp3',
  'audio/wav',
  'audio/wave',
  'audio/x-wav',
  'audio/vnd.wave',
  'audio/aiff',
  'audio/x-aiff',
] as const;

export type UploadedSound = { readonly type: GreetingSoundType; readonly content: Buffer };

/** What it is by its first bytes: the header is what somebody says that it is. */
export function readSound(body: unknown): UploadedSound {
  if (Buffer.isBuffer(body) && body.length <= mostBytes) {
    const type = typeOf(body);
    if (type !== undefined) return { type, content: body };
  }
  throw problem('greeting.sound-invalid');
}

function typeOf(content: Buffer): GreetingSoundType | undefined {
  const text = (from: number, to: number) => content.toString('latin1', from, to);
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WAVE') return 'audio/wav';
  if (text(0, 4) === 'FORM' && /^AIF[FC]$/.test(text(8, 12))) return 'audio/aiff';
  // A tag, or the first frame of layer III: eleven bits, a version, the layer.
  const isFrame = content[0] === 0xff && ((content[1] ?? 0) & 0xe6) === 0xe2;
  return text(0, 3) === 'ID3' || isFrame ? 'audio/mpeg' : undefined;
}
