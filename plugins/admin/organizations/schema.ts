import { type Static, Type } from 'typebox';
import { ApiKeyWithSecret } from '../api-keys/schema.ts';
import { Organization } from '../organization/schema.ts';
import { closed, Id, Name, ZoneName } from '../schemas.ts';

export const OrganizationCreate = Type.Object(
  {
    slug: Type.String({
      pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$',
      description: 'Lower case letters, digits and hyphens. Needed to log in where there is more than one.',
      examples: ['acme'],
    }),
    name: Name,
    timeZone: ZoneName,
    defaultCountry: Type.String({ pattern: '^[A-Z]{2}$', examples: ['US'] }),
    administrator: Type.Object(
      {
        login: Type.String({ minLength: 1, maxLength: 254, pattern: '^\\S+$' }),
        password: Type.String({ minLength: 1, maxLength: 1024 }),
      },
      closed,
    ),
  },
  closed,
);
export type OrganizationCreate = Static<typeof OrganizationCreate>;

export const OrganizationCreated = Type.Object(
  {
    organization: Organization,
    administrator: Type.Object({ id: Id, login: Type.String() }, closed),
    apiKey: ApiKeyWithSecret,
  },
  { ...closed, description: 'The key has every permission.' },
);
export type OrganizationCreated = Static<typeof OrganizationCreated>;
