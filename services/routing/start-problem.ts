/** Why the service does not start: a sentence that names the setting. Printed without a stack; exit code 1. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
}

/** The host and port of a setting's URL, without anything secret. */
export function placeOf(url: string, defaultPort: number): string {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === '') return 'the given address';
  return `${parsed.hostname}:${parsed.port || defaultPort}`;
}

/** The code of an error or of what caused it: `ECONNREFUSED`, `28P01` … */
export function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError) return codeOf(at.errors[0]);
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** The words of the innermost error: what Postgres, Redis or the system said. */
export function reasonOf(error: unknown): string {
  let reason = String(error);
  for (let at = error; at instanceof Error; at = at.cause) {
    reason = at.message || codeOf(at) || reason;
  }
  return reason;
}

/** The sentence for an error of listening; undefined: it is another kind of error. */
export function toListenProblem(error: unknown, host: string, port: number): StartProblem | undefined {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new StartProblem(
        `PORT: ${port} on ${host} is in use by another process: stop that one, or set another PORT.`,
      );
    case 'EACCES':
      return new StartProblem(`PORT: this user may not listen on ${port}: set a PORT above 1023.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartProblem(`HOST: ${host} is no address of this machine: set another HOST.`);
    default:
      return undefined;
  }
}
