import { type DestinationStream, type Logger, pino } from 'pino';

/** A run of digits as long as a phone number, also inside a sentence: for errors, whose texts others write. */
export function maskDigits(text: string): string {
  return text.replace(/\+?\d[\d ().-]{6,}\d/g, (found) =>
    found.replace(/\D/g, '').length < 8 ? found : `${found.slice(0, 3)}…${found.slice(-2)}`,
  );
}

/** The one logger. Lines of JSON; on a terminal a time, a message and what goes with it. */
export function buildLog(destination: DestinationStream, options: { readonly readable: boolean }): Logger {
  return pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError },
      redact: ['authorization', 'password', 'token', 'secret', '*.authorization', '*.password', '*.token'],
    },
    options.readable ? readableLines(destination) : destination,
  );
}

/** Each line: the members of a JSON object, without its braces. */
export type LineWriter = (lines: readonly string[]) => void;

/**
 * Lines that look as the logger's, many at once (one at least) and straight to where they go: for the call log, whose
 * lines are made of known fields. Searching each by itself costs more than the decision that it tells of.
 */
export function buildLineWriter(
  destination: DestinationStream,
  options: { readonly readable: boolean; readonly now: () => number },
): LineWriter {
  const readable = options.readable ? readableLines(destination) : undefined;
  return (lines) => {
    const start = `{"level":30,"time":"${new Date(options.now()).toISOString()}",`;
    if (readable !== undefined) for (const line of lines) readable.write(`${start}${line}}`);
    else destination.write(`${start}${lines.join(`}\n${start}`)}}\n`);
  };
}

/** What Postgres says about an error may hold the values of a row, so only its code and message are kept. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: maskDigits(String(error)) };
  const code = 'code' in error ? String(error.code) : undefined;
  const { cause } = error;
  return {
    type: error.name,
    message: maskDigits(error.message),
    ...(code === undefined ? {} : { code }),
    stack: maskDigits(error.stack ?? ''),
    ...(cause instanceof Error ? { cause: maskDigits(cause.message) } : {}),
  };
}

const levels: Readonly<Record<number, string>> = { 40: 'warning: ', 50: 'error: ', 60: 'fatal: ' };

function readableLines(destination: DestinationStream): DestinationStream {
  return {
    write(line) {
      const { level, time, msg, ...rest } = JSON.parse(line);
      const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
      destination.write(`${String(time).slice(11, 19)} ${levels[Number(level)] ?? ''}${msg ?? ''}${more}\n`);
    },
  };
}
