import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Extension, Id, oneOf } from '../schemas.ts';

export const ExtensionEntry = Type.Object(
  {
    extension: Extension,
    owner: Type.Object({ type: oneOf(['user', 'queue']), id: Id, name: Type.String() }, closed),
  },
  closed,
);
export type ExtensionEntry = Static<typeof ExtensionEntry>;

const page = pageOf(ExtensionEntry);
export const ExtensionPage = Type.Object(
  {
    ...page.properties,
    nextFree: Type.String({
      description: 'The extension that the next user or queue gets.',
      examples: ['215'],
    }),
  },
  closed,
);
export type ExtensionPage = Static<typeof ExtensionPage>;

export const ExtensionQuery = Type.Object(pageQuery, closed);
export type ExtensionQuery = Static<typeof ExtensionQuery>;
