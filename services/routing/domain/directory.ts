import type {
  DirectoryData,
  LeadData,
  NumberData,
  OrganizationData,
  QueueData,
  UserData,
} from './directory-data.ts';
import { createNumberTable, type NumberTable } from './number-table.ts';
import {
  compileCalendar,
  compileUserSchedule,
  createScheduleCache,
  type Schedule,
  type ScheduleCache,
} from './schedule.ts';
import { rowsOfStep, shareEqualParts } from './sharing.ts';
import { tokenOf } from './trace.ts';

/**
 * The compiled directory: what one decision reads, by key, with schedules ready. Read-only; a change makes a new one.
 * It keeps the plain form as well, because that is what Redis and the last-known-good file are written from.
 */
export type Directory = {
  readonly organizationId: string;
  readonly version: number;
  readonly data: DirectoryData;
  readonly organization: OrganizationData;
  /** False: where words would name a person, the id stands, as history has it (history.ts). */
  readonly namesPeople: boolean;
  readonly users: ReadonlyMap<string, User>;
  readonly queues: ReadonlyMap<string, QueueData>;
  /** By E.164. */
  readonly numbers: NumberTable<DirectNumber>;
  readonly extensions: ReadonlyMap<string, ExtensionOwner>;
  /** By the lead's number in E.164. */
  readonly leads: NumberTable<LeadData>;
  /** Why an outside number may not be forwarded to, remembered once it was asked for; null: it may. */
  readonly refusals: Map<string, string | null>;
  readonly blocked: { readonly numbers: NumberTable<true>; readonly prefixes: readonly string[] };
};

export type User = {
  readonly data: UserData;
  readonly schedule: Schedule;
  /** Open while the mobile app may not be rung; null: no quiet hours. */
  readonly quietHours: Schedule | null;
  /** E.164 that is shown when the user calls out; null: the trunk's. */
  readonly callerId: string | null;
};

/**
 * What every call asks of a number stands beside what was made of it, so that `data` is read for traces alone: an object
 * that was not met for a while is read from memory, which takes as long as the rest of the decision.
 */
export type DirectNumber = Pick<NumberData, 'target' | 'override' | 'callerRules' | 'stickyRouting'> & {
  readonly data: NumberData;
  /** null: the number has no calendar, so it is never closed. */
  readonly calendar: Schedule | null;
  /** Of its target: the user whom most of its calls are for, without a look-up. */
  readonly user: User | undefined;
};

export type ExtensionOwner = { readonly type: 'user' | 'queue'; readonly id: string };

/** Throws a RangeError where the data names a zone or date that does not exist; what was saved was checked for that. */
export function compileDirectory(data: DirectoryData): Directory {
  const work = compileInSteps(data);
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}

/** The same a step at a time: whoever has calls to answer in between goes on when they are answered. */
export function* compileInSteps(loaded: DirectoryData): Generator<void, Directory> {
  const data = yield* shareEqualParts(loaded);
  const schedules = createScheduleCache();
  const users = yield* compileUsers(data, schedules);
  const numbers = createNumberTable<DirectNumber>(data.numbers.length);
  for (const [index, number] of data.numbers.entries()) {
    numbers.set(number.number, compileNumber(number, data.organization, users, schedules));
    if (index % rowsOfStep === 0) yield;
  }
  return {
    organizationId: data.organization.id,
    version: data.version,
    data,
    organization: data.organization,
    namesPeople: true,
    users,
    queues: new Map(data.queues.map((queue) => [queue.id, queue])),
    numbers,
    extensions: yield* compileExtensions(data),
    leads: yield* compileLeads(data),
    refusals: new Map(),
    blocked: compileBlockList(data.organization.blockList),
  };
}

function* compileUsers(
  data: DirectoryData,
  schedules: ScheduleCache,
): Generator<void, ReadonlyMap<string, User>> {
  const callerIds = new Map<string, string>();
  for (const [index, number] of data.numbers.entries()) {
    for (const id of number.callerIdFor) callerIds.set(id, number.number);
    if (index % rowsOfStep === 0) yield;
  }
  const users = new Map<string, User>();
  for (const [index, user] of data.users.entries()) {
    users.set(user.id, {
      data: user,
      schedule: compileUserSchedule(user, schedules),
      quietHours: compileQuietHours(user, schedules),
      callerId: callerIds.get(user.id) ?? null,
    });
    if (index % rowsOfStep === 0) yield;
  }
  return users;
}

function* compileLeads(data: DirectoryData): Generator<void, NumberTable<LeadData>> {
  const leads = createNumberTable<LeadData>(data.leads.length);
  for (const [index, lead] of data.leads.entries()) {
    for (const number of lead.numbers) leads.set(number, lead);
    if (index % rowsOfStep === 0) yield;
  }
  return leads;
}

/** Quiet hours are the same window every day, so they are a week like any other. */
function compileQuietHours(user: UserData, schedules: ScheduleCache): Schedule | null {
  const quiet = user.mobile.quietHours;
  if (quiet === null) return null;
  const day = { available: true, windows: [quiet] } as const;
  const weekly = [day, day, day, day, day, day, day];
  return compileUserSchedule({ timeZone: user.timeZone, weekly, overrides: [] }, schedules);
}

function compileNumber(
  data: NumberData,
  organization: OrganizationData,
  users: ReadonlyMap<string, User>,
  schedules: ScheduleCache,
): DirectNumber {
  const user = data.target?.type === 'user' ? users.get(data.target.id) : undefined;
  const { target, override, callerRules, stickyRouting } = data;
  const calendar = compileNumberCalendar(data, organization, schedules);
  return { data, user, target, override, callerRules, stickyRouting, calendar };
}

function compileNumberCalendar(
  { calendar, timeZone }: NumberData,
  organization: OrganizationData,
  schedules: ScheduleCache,
): Schedule | null {
  if (calendar === null) return null;
  const { weekly, exceptions, useHolidays } = calendar;
  const holidays = useHolidays ? organization.holidays : [];
  return compileCalendar({ timeZone, weekly, exceptions, holidays }, schedules);
}

function* compileExtensions(data: DirectoryData): Generator<void, ReadonlyMap<string, ExtensionOwner>> {
  const extensions = new Map<string, ExtensionOwner>();
  for (const [index, user] of data.users.entries()) {
    if (index % rowsOfStep === 0) yield;
    // A deleted user's extension is free, though it is remembered for undelete.
    if (user.extension === null || user.status === 'deleted') continue;
    extensions.set(user.extension, { type: 'user', id: user.id });
  }
  for (const queue of data.queues) {
    if (queue.extension !== null) extensions.set(queue.extension, { type: 'queue', id: queue.id });
  }
  return extensions;
}

function compileBlockList(blockList: readonly string[]): Directory['blocked'] {
  const blocked = blockList.filter((entry) => !entry.endsWith('*'));
  const numbers = createNumberTable<true>(blocked.length);
  for (const number of blocked) numbers.set(number, true);
  return {
    numbers,
    prefixes: blockList.filter((entry) => entry.endsWith('*')).map((entry) => entry.slice(0, -1)),
  };
}

/** The user or queue behind an id, by the name a person knows. */
export function nameOf(directory: Directory, id: string): string {
  const user = directory.users.get(id);
  if (user !== undefined) return userName(directory, user);
  return directory.queues.get(id)?.name ?? 'somebody who is gone';
}

export function userName({ namesPeople }: Directory, { data }: User): string {
  return namesPeople ? data.name : tokenOf({ type: 'user', id: data.id });
}

export function leadName({ namesPeople }: Directory, { id, name }: LeadData): string {
  return namesPeople ? name : tokenOf({ type: 'lead', id });
}
