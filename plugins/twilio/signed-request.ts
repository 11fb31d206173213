import { type Fields, parseForm } from './form.ts';
import {
  ALWAYS_SENT,
  ALWAYS_SENT_LEG,
  ALWAYS_SENT_RECORDING,
  findForgery,
  requirementsOf,
} from './parameters.ts';
import type { Accounts } from './ports.ts';
import { buildQuickForm } from './quick-form.ts';
import { isSigned, publicAddresses, SIGN_ROOM } from './verify.ts';

/** A request that Twilio has signed for one of our accounts. Nothing here asks a store. */
export type SignedRequest = {
  readonly organizationId: string;
  readonly fields: Fields;
  /** Twilio's CallSid. */
  readonly callId: string;
};

export type CheckedRequest =
  | { readonly ok: true; readonly request: SignedRequest }
  | { readonly ok: false; readonly status: 400 | 403; readonly because: string };

export type RawRequest = {
  readonly rawUrl: string;
  readonly body: Buffer;
  readonly signature: string;
  readonly kind: 'call' | 'leg' | 'recording-status';
};

export type CheckRequest = (raw: RawRequest) => CheckedRequest;

const requirements = {
  call: requirementsOf(ALWAYS_SENT),
  leg: requirementsOf(ALWAYS_SENT_LEG),
  'recording-status': requirementsOf(ALWAYS_SENT_RECORDING),
};

export function buildRequestCheck(accounts: Accounts, publicUrl: string): CheckRequest {
  const addresses = publicAddresses(publicUrl);
  const quickForm = buildQuickForm(addresses[0] ?? '', SIGN_ROOM);
  return ({ rawUrl, body, signature, kind }) => {
    const quick = quickForm.read(body, rawUrl);
    const form = quick ?? parseForm(body.toString());
    if (form === undefined) return refused(400, 'the form cannot be read');
    const forgery = findForgery(form, requirements[kind]);
    if (forgery !== undefined) return refused(403, forgery);
    const { fields } = form;
    const account = accounts.find(fields.AccountSid ?? '');
    if (account === undefined) return refused(403, 'the account is not known');
    const bytes = quick === undefined ? undefined : quickForm.signed();
    const content = { rawUrl, bytes, parameters: form.signed, signature };
    if (!isSigned(addresses, account.authTokens, content)) return refused(403, 'the signature does not fit');
    const { organizationId } = account;
    return { ok: true, request: { organizationId, fields, callId: fields.CallSid ?? '' } };
  };
}

function refused(status: 400 | 403, because: string): CheckedRequest {
  return { ok: false, status, because };
}
