import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, Instant } from '../schemas.ts';

export const OpenSession = Type.Object(
  {
    id: Id,
    user: Type.Object(
      { id: Id, login: Type.String(), firstName: Type.String(), lastName: Type.String() },
      closed,
    ),
    address: Type.String({ description: 'Of the client, at the login.' }),
    agent: Type.String({ description: 'What the client calls itself.' }),
    createdAt: Instant,
    lastSeenAt: Instant,
    expiresAt: Instant,
    current: Type.Boolean({ description: 'The session of this request.' }),
  },
  closed,
);
export type OpenSession = Static<typeof OpenSession>;

export const SessionPage = pageOf(OpenSession);
export const SessionQuery = Type.Object(pageQuery, closed);
export type SessionQuery = Static<typeof SessionQuery>;

const PathId = Type.String({ format: 'uuid', pattern: '^[0-9a-f-]+$' });
export const SessionParams = Type.Object({ sessionId: PathId }, closed);
export const UserSessionParams = Type.Object({ id: PathId, sessionId: PathId }, closed);
