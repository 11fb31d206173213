import { type Static, Type } from 'typebox';
import { nullable, patchSchema } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, oneLine, oneOf, PhoneNumber } from '../schemas.ts';

export const LeadSettings = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, pattern: oneLine }),
    ownerId: nullable(Type.String({ maxLength: 64, description: 'The user whose lead it is.' })),
    numbers: Type.Array(PhoneNumber, { maxItems: 50 }),
  },
  closed,
);
export type LeadSettings = Static<typeof LeadSettings>;

const patch = patchSchema(LeadSettings);

export const LeadPatch = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patch,
  description: 'A merge patch (RFC 7396).',
});
export const LeadCreate = Type.Unsafe<Readonly<Record<string, unknown>>>({ ...patch, required: ['name'] });

export const Lead = Type.Object(
  {
    id: Id,
    name: Type.String(),
    ownerId: nullable(Id),
    numbers: Type.Array(Type.String({ description: 'E.164.', examples: ['+14155550123'] })),
  },
  closed,
);
export type Lead = Static<typeof Lead>;

export const LeadPage = pageOf(Lead);
export const LeadQuery = Type.Object(
  {
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: '\\S',
        description: 'Beginnings of words of the name, all of them; or digits of a number.',
        examples: ['jordan b'],
      }),
    ),
    owner: Type.Optional(
      Type.String({ maxLength: 64, description: 'The id of a user, or `none`: leads without an owner.' }),
    ),
    ...pageQuery,
  },
  closed,
);
export type LeadQuery = Static<typeof LeadQuery>;

const Owner = nullable(Type.String({ maxLength: 64, description: 'A user; null: nobody.' }));

export const ReassignLeads = Type.Object(
  {
    from: Owner,
    to: Owner,
    ids: Type.Optional(
      Type.Array(Type.String({ maxLength: 64 }), {
        minItems: 1,
        maxItems: 1_000,
        description: 'Left out: all leads of `from`.',
      }),
    ),
  },
  closed,
);
export type ReassignLeads = Static<typeof ReassignLeads>;

export const LeadsReassigned = Type.Object(
  {
    from: nullable(Id),
    to: nullable(Id),
    leads: Type.Object(
      { count: Type.Integer(), items: Type.Array(Type.Object({ id: Id, name: Type.String() }, closed)) },
      { ...closed, description: 'How many, and the first hundred of them.' },
    ),
  },
  closed,
);
export type LeadsReassigned = Static<typeof LeadsReassigned>;

export const ImportQuery = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Boolean({ description: 'true: nothing is kept, and every error is reported.' }),
    ),
    mode: Type.Optional(
      oneOf(['all', 'rows'], 'all (left out): all lines or none. rows: every line that fits.'),
    ),
  },
  closed,
);

export const LeadImport = Type.Object(
  {
    total: Type.Integer({ description: 'Lines with a lead.' }),
    created: Type.Integer(),
    failed: Type.Integer(),
    errors: Type.Array(
      Type.Object(
        {
          line: Type.Integer({ description: 'Counted from 1, the header included.' }),
          column: Type.String({ description: 'Empty: the line as a whole.' }),
          code: Type.String(),
          message: Type.String(),
        },
        closed,
      ),
      { description: 'The first thousand.' },
    ),
    dryRun: Type.Optional(Type.Literal(true)),
  },
  closed,
);
export type LeadImport = Static<typeof LeadImport>;
