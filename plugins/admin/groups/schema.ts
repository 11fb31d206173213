import { type Static, Type } from 'typebox';
import { permissionTable } from '../access.ts';
import { nullable, patchSchema } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, Name, oneOf } from '../schemas.ts';

export const GroupSettings = Type.Object(
  {
    name: Name,
    parentId: nullable(
      Type.String({ maxLength: 64, description: 'The group that it is in; null: it is at the top.' }),
    ),
    permissions: Type.Array(
      Type.String({ maxLength: 64, description: `One of: ${Object.keys(permissionTable).join(', ')}.` }),
      {
        maxItems: 100,
        uniqueItems: true,
        description:
          'What the members may do besides what their roles allow, in this group and in those below it.',
      },
    ),
  },
  closed,
);
export type GroupSettings = Static<typeof GroupSettings>;

const patch = patchSchema(GroupSettings);

export const GroupPatch = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patch,
  description: 'A merge patch (RFC 7396).',
});

export const GroupCreate = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patch,
  required: ['name'],
  description: 'Defaults: at the top, without permissions.',
});

export const Group = Type.Object(
  { id: Id, name: Name, parentId: nullable(Id), permissions: Type.Array(Type.String()) },
  closed,
);
export type Group = Static<typeof Group>;

export const GroupPage = pageOf(Group);
export const GroupQuery = Type.Object(pageQuery, closed);
export type GroupQuery = Static<typeof GroupQuery>;

export const PermissionList = pageOf(
  Type.Object({ name: Type.String(), description: Type.String() }, closed),
);
export const RoleList = pageOf(
  Type.Object(
    { name: oneOf(['administrator', 'manager', 'agent']), permissions: Type.Array(Type.String()) },
    closed,
  ),
);
