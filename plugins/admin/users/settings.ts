import type { IfUnavailable, Target, UnavailableRule } from '../../../services/routing/domain/target.ts';
import { type Actor, editableUserFields } from '../access.ts';
import { checkExtension } from '../extension-pool.ts';
import { checkZone, parseWindow, toWindow } from '../hours.ts';
import { formatInstant, parseInstant } from '../instants.ts';
import type { Issues } from '../issues.ts';
import type { OrganizationFacts } from '../organization-facts.ts';
import type { References } from '../references.ts';
import type { User, UserSettings } from './schema.ts';
import type { UserRecord } from './store.ts';
import type { UserColumns } from './write-store.ts';

/** A user between its three shapes: the row, the settings that a patch is merged into, and what the API shows. */
export function toSettings(record: UserRecord): UserSettings {
  return {
    login: record.login,
    email: record.email,
    firstName: record.first_name,
    lastName: record.last_name,
    role: record.role,
    extension: record.extension ?? '',
    timeZone: record.time_zone,
    parentUserId: record.parent_user_id,
    groupId: record.group_id,
    skills: [...record.skills],
    tags: [...record.tags],
    desks: [...record.desks],
    fallbackUserId: record.fallback_user_id,
    ifUnavailable: toRules(record.if_unavailable),
    ringSeconds: record.ring_seconds,
    callLimit: record.call_limit,
    doNotDisturb: toDoNotDisturb(record),
    forwardAll: record.forward_all,
    devices: record.devices.map((device) => ({ ...device })),
    mobile: toMobile(record),
  };
}

export function defaultSettings(
  extension: string,
  sipDomain: string,
): Omit<UserSettings, 'login' | 'firstName' | 'lastName'> {
  return {
    email: null,
    role: 'agent',
    extension,
    timeZone: null,
    parentUserId: null,
    groupId: null,
    skills: [],
    tags: [],
    desks: [],
    fallbackUserId: null,
    ifUnavailable: { action: 'voicemail' },
    ringSeconds: null,
    callLimit: null,
    doNotDisturb: { on: false },
    forwardAll: null,
    devices: [{ kind: 'sip', address: defaultAddress(extension, sipDomain), enabled: true }],
    mobile: { ringApp: true, pushMissed: true, quietHours: null },
  };
}

export function defaultAddress(extension: string, sipDomain: string): string {
  return `sip:${extension}@${sipDomain}`;
}

/** The device that a user got with the extension goes along when the extension changes. */
export function moveDefaultDevice(settings: UserSettings, former: string, sipDomain: string): UserSettings {
  if (settings.extension === former) return settings;
  const old = defaultAddress(former, sipDomain);
  const devices = settings.devices.map((device) =>
    device.kind === 'sip' && device.address === old
      ? { ...device, address: defaultAddress(settings.extension, sipDomain) }
      : device,
  );
  return { ...settings, devices };
}

export function toUser(record: UserRecord, facts: OrganizationFacts, actor: Actor): User {
  const settings = toSettings(record);
  const { email, parentUserId, groupId, fallbackUserId, ...rest } = settings;
  return {
    id: record.id,
    kind: record.kind,
    ...rest,
    ...(email === null ? {} : { email }),
    status: record.status,
    extension: record.extension,
    timeZone: record.time_zone ?? facts.timeZone,
    ...(parentUserId === null ? {} : { parentUserId }),
    ...(groupId === null ? {} : { groupId }),
    ...(fallbackUserId === null ? {} : { fallbackUserId }),
    ...(record.reassigned_to_user_id === null ? {} : { reassignedToUserId: record.reassigned_to_user_id }),
    ...(record.deleted_at === null ? {} : { deletedAt: formatInstant(record.deleted_at) }),
    ...(record.erases_at === null ? {} : { erasesAt: formatInstant(record.erases_at) }),
    ringSeconds: record.ring_seconds ?? facts.ringSeconds,
    callerId: record.callerId,
    queues: record.queues.map((queue) => ({ ...queue })),
    // Presence is live: nobody has any yet.
    presence: 'offline',
    meta: {
      editableFields: [...editableUserFields(actor, { ...record, emailChange: facts.emailChange })],
      twoStep: record.two_step,
    },
  };
}

function toRules(rules: IfUnavailable): UserSettings['ifUnavailable'] {
  return { ...rules, ...(rules.causes === undefined ? {} : { causes: { ...rules.causes } }) };
}

function toDoNotDisturb(record: UserRecord): UserSettings['doNotDisturb'] {
  return {
    on: record.dnd_on,
    ...(record.dnd_until === null ? {} : { until: formatInstant(record.dnd_until) }),
  };
}

function toMobile(record: UserRecord): UserSettings['mobile'] {
  const { ringApp, pushMissed, quietHours } = record.mobile;
  return { ringApp, pushMissed, quietHours: quietHours === null ? null : toWindow(quietHours) };
}

/** Reads settings whole and reports everything that does not fit; `previous` is what was there. */
export function parseSettings(
  settings: UserSettings,
  self: string,
  previous: UserSettings | undefined,
  issues: Issues,
  references: References,
): UserColumns {
  checkZone(issues, '/timeZone', settings.timeZone);
  checkExtension(issues, '/extension', settings.extension);
  noteUser(
    settings.parentUserId,
    previous?.parentUserId,
    '/parentUserId',
    'their own parent',
    self,
    issues,
    references,
  );
  noteUser(
    settings.fallbackUserId,
    previous?.fallbackUserId,
    '/fallbackUserId',
    'their own fallback',
    self,
    issues,
    references,
  );
  const { doNotDisturb, mobile } = settings;
  const until =
    doNotDisturb.until === undefined
      ? null
      : new Date(parseInstant(issues, '/doNotDisturb/until', doNotDisturb.until));
  const quiet = mobile.quietHours;
  return {
    login: settings.login,
    email: settings.email,
    first_name: settings.firstName.trim(),
    last_name: settings.lastName.trim(),
    role: settings.role,
    time_zone: settings.timeZone,
    parent_user_id: settings.parentUserId,
    group_id: settings.groupId,
    fallback_user_id: settings.fallbackUserId,
    if_unavailable: parseRules(settings, self, previous, issues, references),
    ring_seconds: settings.ringSeconds,
    call_limit: settings.callLimit,
    dnd_on: doNotDisturb.on,
    dnd_until: until,
    forward_all: parseForward(
      '/forwardAll',
      settings.forwardAll,
      previous?.forwardAll,
      self,
      issues,
      references,
    ),
    devices: parseDevices(settings.devices, previous?.devices ?? [], references),
    mobile: {
      ...mobile,
      quietHours: quiet === null ? null : parseWindow(issues, '/mobile/quietHours', quiet),
    },
  };
}

/** One that is switched on again is as good as new; one that is switched off needs no permission. */
function parseDevices(
  devices: UserSettings['devices'],
  previous: UserSettings['devices'],
  references: References,
): UserSettings['devices'] {
  const phones = previous.filter((device) => device.kind === 'phone');
  const known = new Set(phones.map((device) => device.address));
  const enabled = new Set(phones.filter((device) => device.enabled).map((device) => device.address));
  return devices.map((device, index) => {
    if (device.kind !== 'phone') return device;
    const former = device.enabled ? enabled : known;
    return { ...device, address: references.phone(`/devices/${index}/address`, device.address, former) };
  });
}

function noteUser(
  id: string | null,
  previous: string | null | undefined,
  pointer: string,
  role: string,
  self: string,
  issues: Issues,
  references: References,
): void {
  if (id === null || id === previous) return;
  if (id.toLowerCase() === self) issues.add(pointer, 'oneself', `Choose another user: nobody is ${role}.`);
  else references.user(pointer, id);
}

function parseForward(
  pointer: string,
  target: UserSettings['forwardAll'] | undefined,
  previous: UserSettings['forwardAll'] | undefined,
  self: string,
  issues: Issues,
  references: References,
): Target | null {
  if (target === null || target === undefined) return null;
  if (target.type === 'user' && target.id?.toLowerCase() === self) {
    issues.add(`${pointer}/id`, 'oneself', 'Choose another target: a forward to oneself leads nowhere.');
  }
  return references.target(pointer, target, previous);
}

type RuleBody = NonNullable<NonNullable<UserSettings['ifUnavailable']['causes']>['busy']>;

function parseRules(
  settings: UserSettings,
  self: string,
  previous: UserSettings | undefined,
  issues: Issues,
  references: References,
): IfUnavailable {
  const parse = (pointer: string, rule: RuleBody, before: RuleBody | undefined): UnavailableRule => {
    if (rule.action !== 'forward') {
      if (rule.target !== undefined) {
        issues.add(`${pointer}/target`, 'contradiction', 'Leave this out, or choose the action forward.');
      }
      return { action: rule.action };
    }
    const target = parseForward(`${pointer}/target`, rule.target, before?.target, self, issues, references);
    if (target === null) issues.add(`${pointer}/target`, 'required', 'Add where the call is forwarded to.');
    return { action: 'forward', ...(target === null ? {} : { target }) };
  };
  const { causes, ...plain } = settings.ifUnavailable;
  const before = previous?.ifUnavailable;
  const parsed = parse('/ifUnavailable', plain, before);
  if (causes === undefined) return parsed;
  const names = ['busy', 'declined', 'noAnswer', 'unreachable'] as const;
  const rules = names.flatMap((name) => {
    const rule = causes[name];
    if (rule === undefined) return [];
    return [[name, parse(`/ifUnavailable/causes/${name}`, rule, before?.causes?.[name])] as const];
  });
  return rules.length === 0 ? parsed : { ...parsed, causes: Object.fromEntries(rules) };
}
