import { buildCompilers } from '../../services/routing/app.ts';
import { type SchemaCompilers, whenUsed } from '../../services/routing/late-schemas.ts';

let compilers: Promise<SchemaCompilers> | undefined;

/** A schema is compiled once for all apps of a process, when it is used first: some milliseconds each. */
export function sharedCompilers(): Promise<SchemaCompilers> {
  compilers ??= buildCompilers().then(whenUsed);
  return compilers;
}
