import { type Static, Type } from 'typebox';
import { patchSchema } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, Name } from '../schemas.ts';

/** What mail is sent for: a user may have an account of their own for each. */
export const CampaignSettings = Type.Object({ name: Name }, closed);
export type CampaignSettings = Static<typeof CampaignSettings>;

export const CampaignPatch = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patchSchema(CampaignSettings),
  description: 'A merge patch (RFC 7396).',
});

export const Campaign = Type.Object({ id: Id, name: Type.String() }, closed);
export type Campaign = Static<typeof Campaign>;

export const CampaignPage = pageOf(Campaign);
export const CampaignQuery = Type.Object(pageQuery, closed);
export type CampaignQuery = Static<typeof CampaignQuery>;
