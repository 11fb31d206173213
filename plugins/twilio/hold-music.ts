/**
 * What callers hear while they wait: slow broken chords, made here, so that nobody else's server and nobody's rights
 * are needed. A WAV of 8 kHz and 8 bits (mu-law), which is what a telephone line carries. Pure.
 */

const RATE = 8_000;
const NOTE_SECONDS = 0.5;
/** Semitones above A3, two bars of each chord: A major, F sharp minor, D major, E major. */
const chords = [
  [0, 4, 7, 12, 7, 4],
  [-3, 0, 4, 9, 4, 0],
  [-7, -3, 0, 5, 0, -3],
  [-5, -1, 2, 7, 2, -1],
] as const;

export const HOLD_SECONDS = chords.flat().length * NOTE_SECONDS;
/** One chord: what shorter pieces are made of. */
export const PIECE_SECONDS = HOLD_SECONDS / chords.length;

/** The beginning of it, where not all is wanted. */
export function buildHoldMusic(seconds: number = HOLD_SECONDS): Buffer {
  const samples = Buffer.alloc(seconds * RATE);
  const notes: readonly number[] = chords.flat();
  for (let at = 0; at < samples.length; at += 1) samples[at] = toMuLaw(levelAt(notes, at / RATE));
  return Buffer.concat([header(samples.length), samples]);
}

/** The note that sounds and the end of the one before, -1 to 1. */
function levelAt(notes: readonly number[], seconds: number): number {
  const place = Math.floor(seconds / NOTE_SECONDS);
  const since = seconds - place * NOTE_SECONDS;
  return tone(notes[place], since) + tone(notes[place - 1], since + NOTE_SECONDS);
}

function tone(semitones: number | undefined, since: number): number {
  if (semitones === undefined) return 0;
  const hertz = 220 * 2 ** (semitones / 12);
  // A soft beginning and a long end, without a click at either.
  const loudness = Math.min(1, since / 0.02) * Math.exp(-3 * since) * 0.3;
  const turn = 2 * Math.PI * hertz * since;
  return loudness * (Math.sin(turn) + 0.3 * Math.sin(2 * turn));
}

/** G.711. */
function toMuLaw(level: number): number {
  const bias = 0x84;
  const value = Math.min(32_635, Math.round(Math.abs(level) * 32_767)) + bias;
  const exponent = Math.max(0, Math.floor(Math.log2(value)) - 7);
  const mantissa = (value >> (exponent + 3)) & 0x0f;
  return ~((level < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

function header(bytes: number): Buffer {
  const head = Buffer.alloc(58);
  head.write('RIFF', 0);
  head.writeUInt32LE(50 + bytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(18, 16);
  // Mu-law, one channel, one byte a sample.
  head.writeUInt16LE(7, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.writeUInt16LE(0, 36);
  head.write('fact', 38);
  head.writeUInt32LE(4, 42);
  head.writeUInt32LE(bytes, 46);
  head.write('data', 50);
  head.writeUInt32LE(bytes, 54);
  return head;
}
