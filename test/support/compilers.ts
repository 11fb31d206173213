import { sharedSchemas } from '../../services/routing/app.ts';
import { whenUsed } from '../../services/routing/late-schemas.ts';
import { buildCompilers, type SchemaCompilers } from '../../services/routing/schema-compilers.ts';

let compilers: SchemaCompilers | undefined;

/** A schema is compiled once for all apps of a process, when it is used first: some milliseconds each. */
export async function sharedCompilers(): Promise<SchemaCompilers> {
  compilers ??= whenUsed(buildCompilers({ shared: sharedSchemas }));
  return compilers;
}
