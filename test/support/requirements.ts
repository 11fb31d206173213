/**
 * Every requirement that a program can see (REST, SMTP, call time), and what its test must ask: `METHOD /path`, with
 * `:id` for an id, and behind it a word that the path or the body must hold. CALL is a call (or a simulated one), MAIL
 * one that the SMTP server got. What only the console or the websocket shows is not here: B2, B10, D2.6, E2.
 *
 * A requirement whose parts are shown by several tests has a list for each of them.
 */
export const requirements: Readonly<Record<string, readonly (readonly string[])[]>> = {
  A1: [['PATCH /users/:id', 'GET /users/:id']],
  A2: [['POST /users/:id/reset-password mail', 'MAIL', 'POST /password/reset']],
  A3: [['PUT /users/:id/availability windows', 'CALL']],
  A4: [['PUT /users/:id/availability fallbackUserId', 'POST /users/:id/overrides fallbackUserId', 'CALL']],
  A5: [['POST /users/:id/deactivate reassignTo', 'CALL']],
  A6: [['POST /users/:id/deactivate temporary', 'POST /users/:id/reactivate pullBack', 'CALL']],
  A7: [['POST /users/:id/reactivate', 'GET /users/:id']],
  A8: [['POST /users/:id/resend-invitation', 'MAIL', 'POST /invitations/accept']],
  A9: [['PATCH /me mobile', 'CALL']],
  A10: [
    ['POST /leads/reassign', 'CALL'],
    ['POST /leads/import', 'CALL'],
  ],
  B1: [['GET /users']],
  B3: [['PATCH /users/:id firstName', 'PATCH /users/:id lastName', 'PATCH /users/:id role']],
  B4: [['PATCH /organization emailChange', 'PATCH /users/:id email']],
  B5: [['PUT /queues/:id/members', 'GET /users/:id']],
  B6: [['PATCH /users/:id role', 'GET /users']],
  B7: [['POST /users/:id/deactivate', 'CALL', 'GET /queues/:id/members']],
  B8: [['POST /users/:id/reactivate', 'POST /session']],
  B9: [['POST /password/forgot', 'MAIL', 'POST /password/reset', 'POST /session']],
  B11: [['GET /users q=', 'GET /users status=', 'GET /users role=']],
  B12: [['POST /users', 'PATCH /users/:id', 'DELETE /users/:id']],
  B13: [['GET /health-report']],
  B14: [['GET /users/:id/checklist', 'POST /checklist-items', 'PUT /users/:id/checklist/:id']],
  C1: [['GET /users', 'POST /users parentUserId', 'PATCH /users/:id']],
  C2: [['GET /numbers assigned=false', 'PUT /numbers/:id/target', 'CALL']],
  C3: [['PUT /numbers/:id/target', 'CALL']],
  C4: [['PATCH /users/:id email', 'MAIL', 'POST /email-changes/confirm', 'POST /session']],
  C5: [['POST /users username', 'POST /users email', 'MAIL', 'POST /invitations/accept', 'POST /session']],
  C6: [
    ['DELETE /users/:id', 'POST /users/:id/undelete'],
    ['PATCH /organization deletionGraceDays', 'DELETE /users/:id'],
  ],
  C7: [['GET /users/:id/flow at=', 'GET /users/:id/flow']],
  C8: [['GET /extensions', 'PATCH /users/:id extension', 'POST /queues extension', 'CALL']],
  D1: [
    [
      'GET /users desk=',
      'GET /users role=',
      'GET /users status=',
      'GET /users skill=',
      'GET /users tag=',
      'GET /users q=',
    ],
  ],
  'D2.1': [['PATCH /users/:id', 'GET /users/:id']],
  'D2.2': [
    ['GET /users/:id/sessions', 'GET /sessions'],
    ['DELETE /users/:id/sessions', 'DELETE /sessions', 'DELETE /sessions/:id'],
  ],
  'D2.3': [['POST /users/:id/reset-password generated', 'POST /session', 'POST /me/password']],
  'D2.4': [['POST /users/:id/reset-two-step', 'POST /session']],
  'D2.5': [['GET /users/:id/activity', 'GET /activity q=']],
  'D2.7': [['DELETE /users/:id', 'GET /leads']],
  D3: [
    ['POST /users/:id/reset-password', 'GET /session'],
    ['POST /users/:id/deactivate', 'DELETE /users/:id', 'GET /session'],
  ],
  D4: [
    ['POST /users/bulk deactivate', 'POST /users/bulk activate', 'GET /jobs/:id'],
    [
      'POST /users/bulk assignSkills',
      'POST /users/bulk assignTags',
      'POST /users/bulk assignDesks',
      'POST /users/bulk assignRole',
      'GET /jobs/:id',
    ],
    ['POST /users/bulk delete', 'GET /jobs/:id'],
  ],
  E1: [['GET /groups', 'GET /users group=']],
  E3: [['PATCH /users/:id login', 'POST /session']],
  E4: [['POST /users/:id/reset-password typed', 'POST /session']],
  E5: [['PATCH /users/:id extension', 'CALL']],
  E6: [['PATCH /users/:id ifUnavailable', 'CALL']],
  E7: [['GET /users/:id', 'PATCH /numbers/:id callerIdFor']],
  E8: [['POST /groups permissions', 'PATCH /users/:id']],
  E9: [['PUT /users/:id/mail-accounts/:id', 'POST /users/:id/mail', 'MAIL']],
};

/** What the console or the websocket shows; its server side may have a test here all the same. */
export const elsewhere: readonly string[] = ['B2', 'B10', 'D2.6', 'E2'];
