import type { FastifyInstance } from 'fastify';
import { problem } from '../../../services/routing/errors.ts';

/**
 * Mails lead people to pages of the console, whose addresses stay as they are. As long as no console is installed, a
 * person who follows such a link reads what to do instead; programs get the problem document as everywhere.
 */
export async function absentConsole(scope: FastifyInstance): Promise<void> {
  for (const url of ['/console', '/console/*']) {
    scope.get(url, { schema: { hide: true } }, async (request, reply) => {
      const accepts = request.headers.accept ?? '';
      if (!accepts.includes('text/html')) throw problem('route.not-found');
      const [page = ''] = request.url.slice('/console/'.length).split(/[/?]/);
      return reply
        .code(404)
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('vary', 'Accept, Accept-Language')
        .send(renderAbsent(page, request.headers['accept-language'] ?? ''));
    });
  }
}

type Words = {
  readonly title: string;
  readonly otherwise: string;
  readonly pages: Readonly<Record<string, string>>;
};

/** One sentence each. What is behind the # of a link never comes here, so the reader is told where to find it. */
const words: Readonly<Record<string, Words>> = {
  en: {
    title: 'This service has no web pages yet',
    otherwise:
      'Ask whoever looks after this service to help you; everything it does is described at <a href="/docs">/docs</a>.',
    pages: {
      invitation:
        'To accept your invitation, send the token behind “#token=” in this address, with a password of your choice, to POST /v1/invitations/accept (see <a href="/docs">/docs</a>), or ask whoever invited you for help.',
      'reset-password':
        'To set your new password, send it with the token behind “#token=” in this address to POST /v1/password/reset (see <a href="/docs">/docs</a>), or ask whoever looks after this service for help.',
      'confirm-email':
        'To confirm your e-mail address, send the token behind “#token=” in this address to POST /v1/email-changes/confirm (see <a href="/docs">/docs</a>), or ask whoever looks after this service for help.',
      voicemail:
        'To listen to the message, ask GET /v1/voicemails/{id}/sound with the id behind “#id=” in this address (see <a href="/docs">/docs</a>), or ask whoever looks after this service to have messages attached to the mails.',
    },
  },
  es: {
    title: 'Este servicio todavía no tiene páginas web',
    otherwise:
      'Pida ayuda a quien administra este servicio; todo lo que hace está descrito en <a href="/docs">/docs</a>.',
    pages: {
      invitation:
        'Para aceptar su invitación, envíe el código que sigue a «#token=» en esta dirección, con una contraseña a su elección, a POST /v1/invitations/accept (véase <a href="/docs">/docs</a>), o pida ayuda a quien le invitó.',
      'reset-password':
        'Para poner su nueva contraseña, envíela con el código que sigue a «#token=» en esta dirección a POST /v1/password/reset (véase <a href="/docs">/docs</a>), o pida ayuda a quien administra este servicio.',
      'confirm-email':
        'Para confirmar su dirección de correo, envíe el código que sigue a «#token=» en esta dirección a POST /v1/email-changes/confirm (véase <a href="/docs">/docs</a>), o pida ayuda a quien administra este servicio.',
      voicemail:
        'Para escuchar el mensaje, pida GET /v1/voicemails/{id}/sound con el identificador que sigue a «#id=» en esta dirección (véase <a href="/docs">/docs</a>), o pida a quien administra este servicio que adjunte los mensajes a los correos.',
    },
  },
  fr: {
    title: 'Ce service n’a pas encore de pages web',
    otherwise:
      'Demandez de l’aide à qui s’occupe de ce service ; tout ce qu’il fait est décrit sous <a href="/docs">/docs</a>.',
    pages: {
      invitation:
        'Pour accepter votre invitation, envoyez le jeton qui suit « #token= » dans cette adresse, avec un mot de passe de votre choix, à POST /v1/invitations/accept (voir <a href="/docs">/docs</a>), ou demandez de l’aide à qui vous a invité.',
      'reset-password':
        'Pour choisir votre nouveau mot de passe, envoyez-le avec le jeton qui suit « #token= » dans cette adresse à POST /v1/password/reset (voir <a href="/docs">/docs</a>), ou demandez de l’aide à qui s’occupe de ce service.',
      'confirm-email':
        'Pour confirmer votre adresse, envoyez le jeton qui suit « #token= » dans cette adresse à POST /v1/email-changes/confirm (voir <a href="/docs">/docs</a>), ou demandez de l’aide à qui s’occupe de ce service.',
      voicemail:
        'Pour écouter le message, demandez GET /v1/voicemails/{id}/sound avec l’identifiant qui suit « #id= » dans cette adresse (voir <a href="/docs">/docs</a>), ou demandez à qui s’occupe de ce service de joindre les messages aux courriels.',
    },
  },
  de: {
    title: 'Dieser Dienst hat noch keine Webseiten',
    otherwise:
      'Bitten Sie, wer diesen Dienst betreut, um Hilfe; alles, was er kann, steht unter <a href="/docs">/docs</a>.',
    pages: {
      invitation:
        'Um Ihre Einladung anzunehmen, senden Sie den Code hinter „#token=“ in dieser Adresse mit einem Passwort Ihrer Wahl an POST /v1/invitations/accept (siehe <a href="/docs">/docs</a>), oder bitten Sie um Hilfe, wer Sie eingeladen hat.',
      'reset-password':
        'Um Ihr neues Passwort zu setzen, senden Sie es mit dem Code hinter „#token=“ in dieser Adresse an POST /v1/password/reset (siehe <a href="/docs">/docs</a>), oder bitten Sie um Hilfe, wer diesen Dienst betreut.',
      'confirm-email':
        'Um Ihre E-Mail-Adresse zu bestätigen, senden Sie den Code hinter „#token=“ in dieser Adresse an POST /v1/email-changes/confirm (siehe <a href="/docs">/docs</a>), oder bitten Sie um Hilfe, wer diesen Dienst betreut.',
      voicemail:
        'Um die Nachricht zu hören, fragen Sie GET /v1/voicemails/{id}/sound mit der Kennung hinter „#id=“ in dieser Adresse (siehe <a href="/docs">/docs</a>), oder bitten Sie, wer diesen Dienst betreut, Nachrichten an die Mails anzuhängen.',
    },
  },
};

/** Nothing of the request is in it. */
function renderAbsent(page: string, languages: string): string {
  const wanted = languages.split(',').map((one) => one.trim().slice(0, 2).toLowerCase());
  const language = wanted.find((one) => Object.hasOwn(words, one)) ?? 'en';
  const { title = '', otherwise = '', pages = {} } = words[language] ?? {};
  const said = Object.hasOwn(pages, page) ? pages[page] : otherwise;
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${said}</p></main></body>
</html>
`;
}
