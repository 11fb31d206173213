import { type Static, Type } from 'typebox';
import { DayHours } from '../hours.ts';
import { nullable, patchSchema } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, DateText, Id, Warnings, ZoneName } from '../schemas.ts';

const Week = nullable(
  Type.Object(
    {
      monday: Type.Optional(DayHours),
      tuesday: Type.Optional(DayHours),
      wednesday: Type.Optional(DayHours),
      thursday: Type.Optional(DayHours),
      friday: Type.Optional(DayHours),
      saturday: Type.Optional(DayHours),
      sunday: Type.Optional(DayHours),
    },
    {
      ...closed,
      description: 'A weekday left out is available all day; null: always available.',
    },
  ),
);

export const AvailabilityPut = Type.Object(
  {
    timeZone: Type.Optional(
      nullable(
        Type.String({ ...ZoneName, description: 'Null: that of the organization. Left out: as it is.' }),
      ),
    ),
    weekly: Week,
  },
  closed,
);
export type AvailabilityPut = Static<typeof AvailabilityPut>;

export const Availability = Type.Object({ timeZone: ZoneName, weekly: Week, warnings: Warnings }, closed);
export type Availability = Static<typeof Availability>;

const dates = {
  from: Type.String({ ...DateText, description: 'The first date.' }),
  to: Type.Optional(Type.String({ ...DateText, description: 'The last date; left out: the same.' })),
};
const note = Type.String({ maxLength: 500 });

/** What an override is set to; a patch is merged into it. */
export const OverrideSettings = Type.Object(
  { ...dates, ...DayHours.properties, note: Type.Optional(note) },
  closed,
);
export type OverrideSettings = Static<typeof OverrideSettings>;

export const OverridePatch = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patchSchema(OverrideSettings),
  description: 'A merge patch (RFC 7396).',
});

export const Override = Type.Object(
  { id: Id, from: DateText, to: DateText, ...DayHours.properties, note, warnings: Warnings },
  { ...closed, description: 'Replaces the weekly windows of its dates, in the zone of the user.' },
);
export type Override = Static<typeof Override>;

export const OverridePage = pageOf(Override);
export const OverrideQuery = Type.Object(pageQuery, closed);
export type OverrideQuery = Static<typeof OverrideQuery>;
