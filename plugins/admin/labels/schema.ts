import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, Name } from '../schemas.ts';

export const LabelBody = Type.Object({ name: Name }, closed);
export type LabelBody = Static<typeof LabelBody>;

export const LabelPatch = Type.Object(
  { name: Type.Optional(Name) },
  { ...closed, description: 'A merge patch (RFC 7396).' },
);
export type LabelPatch = Static<typeof LabelPatch>;

export const Label = Type.Object({ id: Id, name: Name }, closed);
export type Label = Static<typeof Label>;

export const LabelPage = pageOf(Label);
export const LabelQuery = Type.Object(pageQuery, closed);
export type LabelQuery = Static<typeof LabelQuery>;
