/**
 * Every error that a client can be answered with: one table, from which the problem documents (RFC 9457), the error
 * list of the OpenAPI document and the documentation are made. A resource's owner adds its rows here.
 *
 * `title` says what is wrong in general, `fix` what to do about it.
 */
export type ErrorRow = { readonly status: number; readonly title: string; readonly fix: string };

export const errorTable = {
  'body.malformed': {
    status: 400,
    title: 'The body cannot be read',
    fix: 'Send one complete JSON object with Content-Type: application/json.',
  },
  'body.invalid': {
    status: 422,
    title: 'The body does not fit',
    fix: 'Correct what `errors` points at, and send the request again.',
  },
  'body.too-large': { status: 413, title: 'The body is too large', fix: 'Send less at once.' },
  'body.timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    fix: 'Send the whole request without pausing.',
  },
  'header.invalid': { status: 400, title: 'A header does not fit', fix: 'Correct what `errors` points at.' },
  'media-type.unsupported': {
    status: 415,
    title: 'This media type is not read here',
    fix: 'Send application/json, or what the OpenAPI document names for this route.',
  },
  'query.invalid': {
    status: 400,
    title: 'The query string does not fit',
    fix: 'Correct what `errors` points at: only the names of the OpenAPI document are known.',
  },
  'request.malformed': {
    status: 400,
    title: 'This is no valid HTTP request',
    fix: 'Check the address and the headers.',
  },
  'live.upgrade-required': {
    status: 426,
    title: 'This address speaks websocket only',
    fix: 'Connect with wss:// (or ws://) instead of https://.',
  },
  'route.not-found': {
    status: 404,
    title: 'There is nothing at this address',
    fix: 'GET /openapi.json lists every address.',
  },
  'method.not-allowed': {
    status: 405,
    title: 'This method is not served at this address',
    fix: 'Use one of the methods in the Allow header.',
  },
  'resource.not-found': {
    status: 404,
    title: 'There is no such thing in this organization',
    fix: 'Check the id, and that the credential belongs to the same organization.',
  },

  'credential.missing': {
    status: 401,
    title: 'A credential is missing',
    fix: 'Send Authorization: Bearer with an API key or a session token.',
  },
  'credential.invalid': {
    status: 401,
    title: 'The credential is not accepted',
    fix: 'Check that it is complete, not expired and not revoked.',
  },
  'permission.missing': {
    status: 403,
    title: 'A permission is missing',
    fix: 'Ask an administrator for the permission that `permission` names.',
  },
  'origin.refused': {
    status: 403,
    title: 'This site may not use the session',
    fix: 'Use the console at its own address.',
  },
  'session.invalid-login': {
    status: 401,
    title: 'Login or password is wrong',
    fix: 'Check both, and `organization` where there is more than one.',
  },
  'session.code-required': {
    status: 401,
    title: 'A code is needed as well',
    fix: 'Send `code` from the authenticator with login and password.',
  },
  'session.required': {
    status: 403,
    title: 'Only a person who is logged in may do this',
    fix: 'Log in with POST /v1/session; an API key cannot do this.',
  },
  'session.reauthenticate': {
    status: 403,
    title: 'The password was typed too long ago',
    fix: 'POST /v1/session/confirm with the password, then repeat the request.',
  },
  'password.change-required': {
    status: 403,
    title: 'The password must be changed first',
    fix: 'POST /v1/me/password with `current` and `new`.',
  },
  'password.wrong': { status: 422, title: 'The current password is wrong', fix: 'Type it again.' },
  'password.weak': {
    status: 422,
    title: 'The password is too easy to guess',
    fix: 'Use at least 15 characters, or 8 with two-step verification on, that are not on a list of common passwords.',
  },

  'password.reset-refused': {
    status: 409,
    title: 'The organization does not allow this way of resetting a password',
    fix: 'Use one of the ways in `policies.adminReset` of the organization.',
  },
  'code.wrong': {
    status: 422,
    title: 'The code is wrong, or was used before',
    fix: 'Wait for the next code of the authenticator and send that one.',
  },
  'token.invalid': {
    status: 422,
    title: 'The link is used, too old, or incomplete',
    fix: 'Ask for a new one.',
  },
  'two-step.off': {
    status: 409,
    title: 'Two-step verification is not on',
    fix: 'POST /v1/me/two-step, then verify with a code.',
  },
  'two-step.on': {
    status: 409,
    title: 'Two-step verification is on already',
    fix: 'DELETE /v1/me/two-step first.',
  },
  'session.not-found': {
    status: 404,
    title: 'There is no such session',
    fix: 'GET /v1/sessions lists them.',
  },
  'user.no-email': {
    status: 409,
    title: 'The user has no e-mail address',
    fix: 'Reset with `method` generated or typed, or add an address first.',
  },
  'mail.not-found': {
    status: 404,
    title: 'The organization has no mail server of its own',
    fix: 'Mail leaves by the server of the installation; PUT /v1/organization/mail sets another.',
  },
  'mail.not-set': {
    status: 409,
    title: 'The organization has no mail server of its own',
    fix: 'PUT /v1/organization/mail first.',
  },
  'campaign.not-found': {
    status: 404,
    title: 'There is no such campaign',
    fix: 'GET /v1/campaigns lists them; `default` is always there.',
  },
  'campaign.name-taken': { status: 409, title: 'A campaign has this name', fix: 'Choose another `name`.' },
  'mail-account.not-found': {
    status: 404,
    title: 'The user has no mail account of their own there',
    fix: 'PUT it first.',
  },

  'organization.slug-taken': {
    status: 409,
    title: 'An organization of this slug exists',
    fix: 'Choose another `slug`.',
  },
  'user.not-found': { status: 404, title: 'There is no such user', fix: 'GET /v1/users lists them.' },
  'user.login-taken': {
    status: 409,
    title: 'Somebody has this login',
    fix: 'Choose another `login` or `email`.',
  },
  'user.last-administrator': {
    status: 409,
    title: 'This is the last active administrator',
    fix: 'Make another user administrator first.',
  },
  'user.status': {
    status: 409,
    title: 'The user is not in the state that this needs',
    fix: 'Read the user: `status` says where they are.',
  },
  'user.oneself': {
    status: 409,
    title: 'Nobody deactivates or deletes themselves',
    fix: 'Ask another administrator to do it.',
  },
  'user.nothing-to-pull-back': {
    status: 409,
    title: 'Nothing was remembered when the user was deactivated',
    fix: 'Reactivate without `pullBack`: only a temporary deactivation can be pulled back.',
  },
  'extension.taken': {
    status: 409,
    title: 'Somebody has this extension',
    fix: 'GET /v1/extensions names the next free one.',
  },
  'checklist-item.not-found': {
    status: 404,
    title: 'There is no such item of the checklist',
    fix: 'GET /v1/checklist-items lists what the organization added; computed items cannot be ticked.',
  },
  'carrier-account.not-found': {
    status: 404,
    title: 'There is no such account at a carrier',
    fix: 'GET /v1/organization/carrier-accounts lists them.',
  },
  'carrier-account.taken': {
    status: 409,
    title: 'This account is already in use',
    fix: 'An account belongs to one organization, or to the settings of the installation.',
  },
  'carrier.not-configured': {
    status: 409,
    title: 'There is no account at a carrier',
    fix: 'PUT /v1/organization/carrier-accounts/{accountSid} stores one.',
  },
  'carrier.refused': {
    status: 409,
    title: 'The carrier refused',
    fix: 'Check the account and its token: nothing was changed here.',
  },
  'carrier.unreachable': {
    status: 502,
    title: 'The carrier does not answer',
    fix: 'Nothing was changed here. Try again later; calls are answered meanwhile.',
  },
  'override.not-found': {
    status: 404,
    title: 'There is no such override',
    fix: 'GET /v1/users/{id}/overrides lists them.',
  },
  'number.not-found': { status: 404, title: 'There is no such number', fix: 'GET /v1/numbers lists them.' },
  'number.taken': {
    status: 409,
    title: 'This number is already in use',
    fix: 'A number can be entered once; look for it in another spelling.',
  },
  'queue.not-found': { status: 404, title: 'There is no such queue', fix: 'GET /v1/queues lists them.' },
  'queue.name-taken': { status: 409, title: 'A queue has this name', fix: 'Choose another `name`.' },
  'queue.in-use': {
    status: 409,
    title: 'The queue is still in use',
    fix: 'Point what uses it to another target first.',
  },
  'label.not-found': {
    status: 404,
    title: 'There is no such skill, tag or desk',
    fix: 'GET /v1/skills, /v1/tags and /v1/desks list them.',
  },
  'label.name-taken': { status: 409, title: 'One of this name exists', fix: 'Choose another `name`.' },
  'group.not-found': { status: 404, title: 'There is no such group', fix: 'GET /v1/groups lists them.' },
  'group.name-taken': {
    status: 409,
    title: 'A group beside it has this name',
    fix: 'Choose another `name` or another `parentId`.',
  },
  'group.in-use': {
    status: 409,
    title: 'The group is not empty',
    fix: 'Move its users and groups to another one first.',
  },
  'job.not-found': {
    status: 404,
    title: 'There is no such job',
    fix: 'A job is kept for 30 days after its end. Check the id.',
  },
  'job.not-undoable': {
    status: 409,
    title: 'This job cannot be undone',
    fix: 'Only an import that has ended can be undone, and only once.',
  },
  'import.invalid': {
    status: 422,
    title: 'The file cannot be read',
    fix: 'Correct what `errors` points at: the line, and the column by its name.',
  },
  'job.ended': {
    status: 409,
    title: 'The job has ended',
    fix: 'GET /v1/jobs/{id} says what came of it.',
  },
  'lead.not-found': { status: 404, title: 'There is no such lead', fix: 'GET /v1/leads lists them.' },
  'lead.number-taken': {
    status: 409,
    title: 'Another lead has this number',
    fix: 'A caller is at most one lead: take the number away there first.',
  },
  'api-key.not-found': {
    status: 404,
    title: 'There is no such API key',
    fix: 'GET /v1/api-keys lists them.',
  },

  'etag.stale': {
    status: 412,
    title: 'Somebody changed it in the meantime',
    fix: 'Read it again, and send the change with the new ETag.',
  },
  'idempotency.mismatch': {
    status: 422,
    title: 'This Idempotency-Key came with another request',
    fix: 'Use a new key for a new request.',
  },
  'idempotency.secret-shown': {
    status: 409,
    title: 'The answer showed a secret, which is shown once',
    fix: 'Make a new one, with a new Idempotency-Key.',
  },

  'routing.loop': {
    status: 409,
    title: 'Calls would go round in a circle',
    fix: 'Change one of the steps that `path` names.',
  },
  'statistics.off': {
    status: 403,
    title: 'The organization has switched statistics off',
    fix: 'Switch on `policies.statistics` with PATCH /v1/organization.',
  },
  'call.not-found': {
    status: 404,
    title: 'There is no such call',
    fix: 'GET /v1/calls lists the calls that you may see.',
  },
  'voicemail.not-found': {
    status: 404,
    title: 'There is no such message',
    fix: 'GET /v1/voicemails lists those that you may hear.',
  },
  'voicemail.no-sound': {
    status: 404,
    title: 'The carrier does not have the sound of this message',
    fix: 'It was deleted there, or your PBX keeps it: `url` says where.',
  },
  'greeting.not-found': {
    status: 404,
    title: 'The box has no sound of its own',
    fix: 'PUT a sound; until then the text is spoken, or that of the organization.',
  },
  'greeting.sound-invalid': {
    status: 422,
    title: 'This cannot be played to callers',
    fix: 'Send MP3, WAV or AIFF of at most 5 MB, with its media type.',
  },
  'call.conflict': {
    status: 409,
    title: 'This callId was used with other values',
    fix: 'Use a new callId for every call, and the same values for a repeat.',
  },
  'call.unknown': {
    status: 404,
    title: 'This call is not known',
    fix: 'POST /v1/route first; a call is known for 24 hours.',
  },
  'call.not-waiting': {
    status: 404,
    title: 'This call does not wait in a queue',
    fix: 'Ask while a `queue` step is carried out; where it is over, report its result.',
  },
  'step.unknown': {
    status: 422,
    title: 'This step is not the one that is being carried out',
    fix: 'Report the result of the step that the last answer named.',
  },
  'signature.invalid': {
    status: 403,
    title: 'The signature is not valid',
    fix: 'Check the auth token, and that PUBLIC_URL is the address that the carrier calls.',
  },
  'rate.limited': {
    status: 429,
    title: 'Too many requests',
    fix: 'Wait for the seconds in Retry-After.',
  },
  'simulation.change-refused': {
    status: 422,
    title: 'An assumed change would not be saved',
    fix: 'Correct the change that `change` counts from 0; `problem` is the answer that it would get.',
  },
  'store.unavailable': {
    status: 503,
    title: 'The database does not answer',
    fix: 'Nothing was changed. Try again after the seconds in Retry-After; calls are answered meanwhile.',
  },
  'internal.error': {
    status: 500,
    title: 'Something went wrong on our side',
    fix: 'The log has the cause under the request id in X-Request-Id.',
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type ErrorCode = keyof typeof errorTable;

/** One field that is wrong. `pointer` is an RFC 6901 JSON pointer into the body, or `/name` of a query or header. */
export type FieldError = { readonly pointer: string; readonly code: string; readonly message: string };

export type ProblemOptions = {
  /** What is wrong in this case. Never SQL, a stack, or anything secret that was sent. Left out: the fix. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document, such as `path` of routing.loop and `permission` of permission.missing. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
};

/** An error that has an answer. Thrown at the HTTP edge only; the error handler of app.ts writes the document. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, options: ProblemOptions = {}) {
    const row: ErrorRow = errorTable[code];
    super(`${code}: ${options.detail ?? row.title}`, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = row.status;
    this.detail = options.detail ?? row.fix;
    this.errors = options.errors;
    this.headers = { ...defaultHeaders[code], ...options.headers };
    this.extra = options.extra ?? {};
  }
}

const defaultHeaders: { readonly [code in ErrorCode]?: Readonly<Record<string, string>> } = {
  'store.unavailable': { 'retry-after': '2' },
  'rate.limited': { 'retry-after': '1' },
  'credential.missing': { 'www-authenticate': 'Bearer realm="linefinder"' },
  'credential.invalid': { 'www-authenticate': 'Bearer realm="linefinder", error="invalid_token"' },
};

/** `throw problem('user.not-found')`, `throw problem('body.invalid', { errors: [...] })`. */
export function problem(code: ErrorCode, options?: ProblemOptions): Problem {
  return new Problem(code, options);
}

export type ProblemDocument = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly errors?: readonly FieldError[];
  readonly [extra: string]: unknown;
};

export const problemMediaType = 'application/problem+json';

/** The body of an `application/problem+json` answer. `instance` is the path that was asked, without its query. */
export function toProblemDocument(of: Problem, instance: string): ProblemDocument {
  return {
    ...of.extra,
    type: `urn:linefinder:error:${of.code}`,
    title: errorTable[of.code].title,
    status: of.status,
    detail: of.detail,
    instance,
    code: of.code,
    ...(of.errors === undefined ? {} : { errors: of.errors }),
  };
}
