import type { Language } from '../routing/domain/directory-data.ts';

export type MailKind =
  | 'invitation'
  | 'password-reset'
  | 'email-confirm'
  | 'email-told'
  | 'outside-forward'
  | 'test';

type Text = { readonly subject: string; readonly lines: readonly string[]; readonly button: string };
export type LanguageTexts = Readonly<Record<MailKind, Text>> & {
  readonly greeting: string;
  readonly footer: string;
  /** Who made a change: before the name. */
  readonly outside: { readonly user: string; readonly 'api-key': string };
  readonly spans: { readonly minutes: string; readonly hours: string; readonly days: string };
};

/** Every mail of ours in every language of organizations. Placeholders are those of `MailValues`. */
export const mailTexts: Readonly<Record<Language, LanguageTexts>> = {
  en: {
    greeting: 'Hello {name},',
    footer: '{organization}, by Linefinder',
    outside: { user: '', 'api-key': 'the API key' },
    spans: { minutes: 'minutes', hours: 'hours', days: 'days' },
    invitation: {
      subject: 'Your account at {organization}',
      lines: [
        'An account at {organization} was made for you. Confirm it and choose your password with this link. You then log in as {login}.',
        'The link works once, for {span}. If it is too late, ask your administrator to send a new one.',
      ],
      button: 'Confirm and choose a password',
    },
    'password-reset': {
      subject: 'A new password at {organization}',
      lines: [
        'Somebody, probably you, asked for a new password for {login} at {organization}. Choose it with this link.',
        'The link works once, for {span}. If it was not you, do nothing: your password stays as it is.',
      ],
      button: 'Choose a new password',
    },
    'email-confirm': {
      subject: 'Confirm your new address at {organization}',
      lines: [
        '{address} is to be your new e-mail address at {organization}. Confirm it with this link; until then everything stays as it is.',
        'The link works once, for {span}.',
      ],
      button: 'Confirm the address',
    },
    'email-told': {
      subject: 'Your address at {organization} is being changed',
      lines: [
        'Your e-mail address at {organization} is to be changed to {address}. The new address must be confirmed first.',
        'If you know nothing of this, tell your administrator now.',
      ],
      button: '',
    },
    'outside-forward': {
      subject: 'Calls at {organization} now go to an outside number',
      lines: [
        '{actor} changed where calls at {organization} go. From now on they can leave for numbers outside: {forwards}.',
        'Such calls cost money, and forwards are what frauds begin with. If you know nothing of this, take the forward away and look at the activity log for who made it.',
      ],
      button: '',
    },
    test: {
      subject: 'Test mail of {organization}',
      lines: ['This is the test mail that you asked for. The mail server of {organization} works.'],
      button: '',
    },
  },
  es: {
    greeting: 'Hola, {name}:',
    footer: '{organization}, con Linefinder',
    outside: { user: '', 'api-key': 'la clave de API' },
    spans: { minutes: 'minutos', hours: 'horas', days: 'días' },
    invitation: {
      subject: 'Su cuenta en {organization}',
      lines: [
        'Se ha creado una cuenta para usted en {organization}. Confírmela y elija su contraseña con este enlace. Después entrará como {login}.',
        'El enlace sirve una sola vez, durante {span}. Si ya es tarde, pida otro a su administrador.',
      ],
      button: 'Confirmar y elegir contraseña',
    },
    'password-reset': {
      subject: 'Nueva contraseña en {organization}',
      lines: [
        'Alguien, probablemente usted, ha pedido una nueva contraseña para {login} en {organization}. Elíjala con este enlace.',
        'El enlace sirve una sola vez, durante {span}. Si no ha sido usted, no haga nada: su contraseña sigue siendo la misma.',
      ],
      button: 'Elegir una contraseña nueva',
    },
    'email-confirm': {
      subject: 'Confirme su nueva dirección en {organization}',
      lines: [
        '{address} será su nueva dirección de correo en {organization}. Confírmela con este enlace; hasta entonces no cambia nada.',
        'El enlace sirve una sola vez, durante {span}.',
      ],
      button: 'Confirmar la dirección',
    },
    'email-told': {
      subject: 'Se va a cambiar su dirección en {organization}',
      lines: [
        'Su dirección de correo en {organization} va a cambiarse por {address}. Antes hay que confirmar la nueva.',
        'Si no sabe nada de esto, avise ahora a su administrador.',
      ],
      button: '',
    },
    'outside-forward': {
      subject: 'Las llamadas de {organization} van ahora a un número externo',
      lines: [
        'Por un cambio de {actor}, las llamadas de {organization} pueden salir desde ahora a números externos: {forwards}.',
        'Esas llamadas cuestan dinero, y con un desvío así empiezan los fraudes. Si no sabe nada de esto, quite el desvío y mire en el registro de actividad quién lo puso.',
      ],
      button: '',
    },
    test: {
      subject: 'Correo de prueba de {organization}',
      lines: ['Este es el correo de prueba que ha pedido. El servidor de correo de {organization} funciona.'],
      button: '',
    },
  },
  fr: {
    greeting: 'Bonjour {name},',
    footer: '{organization}, avec Linefinder',
    outside: { user: '', 'api-key': "la clé d'API" },
    spans: { minutes: 'minutes', hours: 'heures', days: 'jours' },
    invitation: {
      subject: 'Votre compte chez {organization}',
      lines: [
        'Un compte a été créé pour vous chez {organization}. Confirmez-le et choisissez votre mot de passe avec ce lien. Vous vous connecterez ensuite comme {login}.',
        "Le lien sert une seule fois, pendant {span}. S'il est trop tard, demandez-en un autre à votre administrateur.",
      ],
      button: 'Confirmer et choisir un mot de passe',
    },
    'password-reset': {
      subject: 'Un nouveau mot de passe chez {organization}',
      lines: [
        "Quelqu'un, sans doute vous, a demandé un nouveau mot de passe pour {login} chez {organization}. Choisissez-le avec ce lien.",
        "Le lien sert une seule fois, pendant {span}. Si ce n'était pas vous, ne faites rien : votre mot de passe reste le même.",
      ],
      button: 'Choisir un nouveau mot de passe',
    },
    'email-confirm': {
      subject: 'Confirmez votre nouvelle adresse chez {organization}',
      lines: [
        '{address} doit devenir votre adresse chez {organization}. Confirmez-la avec ce lien ; jusque-là, rien ne change.',
        'Le lien sert une seule fois, pendant {span}.',
      ],
      button: "Confirmer l'adresse",
    },
    'email-told': {
      subject: 'Votre adresse chez {organization} va changer',
      lines: [
        'Votre adresse chez {organization} doit être remplacée par {address}. La nouvelle doit d’abord être confirmée.',
        "Si vous n'en savez rien, prévenez maintenant votre administrateur.",
      ],
      button: '',
    },
    'outside-forward': {
      subject: 'Des appels de {organization} vont maintenant vers un numéro extérieur',
      lines: [
        'Après une modification par {actor}, des appels de {organization} peuvent désormais sortir vers des numéros extérieurs : {forwards}.',
        "Ces appels coûtent de l'argent, et c'est par un tel renvoi que commencent les fraudes. Si vous n'en savez rien, retirez le renvoi et regardez dans le journal d'activité qui l'a mis.",
      ],
      button: '',
    },
    test: {
      subject: "Message d'essai de {organization}",
      lines: ["Voici le message d'essai demandé. Le serveur de courrier de {organization} fonctionne."],
      button: '',
    },
  },
  de: {
    greeting: 'Guten Tag {name},',
    footer: '{organization}, mit Linefinder',
    outside: { user: '', 'api-key': 'den API-Schlüssel' },
    spans: { minutes: 'Minuten', hours: 'Stunden', days: 'Tage' },
    invitation: {
      subject: 'Ihr Konto bei {organization}',
      lines: [
        'Bei {organization} wurde ein Konto für Sie angelegt. Bestätigen Sie es und wählen Sie Ihr Passwort über diesen Link. Danach melden Sie sich als {login} an.',
        'Der Link gilt einmal, {span} lang. Ist es zu spät, bitten Sie Ihren Administrator um einen neuen.',
      ],
      button: 'Bestätigen und Passwort wählen',
    },
    'password-reset': {
      subject: 'Ein neues Passwort bei {organization}',
      lines: [
        'Jemand, wahrscheinlich Sie, hat für {login} bei {organization} ein neues Passwort verlangt. Wählen Sie es über diesen Link.',
        'Der Link gilt einmal, {span} lang. Waren Sie es nicht, so tun Sie nichts: Ihr Passwort bleibt, wie es ist.',
      ],
      button: 'Neues Passwort wählen',
    },
    'email-confirm': {
      subject: 'Bestätigen Sie Ihre neue Adresse bei {organization}',
      lines: [
        '{address} soll Ihre neue E-Mail-Adresse bei {organization} werden. Bestätigen Sie sie über diesen Link; bis dahin bleibt alles, wie es ist.',
        'Der Link gilt einmal, {span} lang.',
      ],
      button: 'Adresse bestätigen',
    },
    'email-told': {
      subject: 'Ihre Adresse bei {organization} wird geändert',
      lines: [
        'Ihre E-Mail-Adresse bei {organization} soll zu {address} geändert werden. Die neue muss zuerst bestätigt werden.',
        'Wissen Sie davon nichts, so sagen Sie es jetzt Ihrem Administrator.',
      ],
      button: '',
    },
    'outside-forward': {
      subject: 'Anrufe bei {organization} gehen jetzt an eine fremde Nummer',
      lines: [
        'Nach einer Änderung durch {actor} können Anrufe bei {organization} ab jetzt an fremde Nummern gehen: {forwards}.',
        'Solche Anrufe kosten Geld, und mit einer Weiterleitung beginnt mancher Betrug. Wissen Sie davon nichts, so nehmen Sie die Weiterleitung zurück und sehen im Aktivitätsprotokoll nach, wer sie eingerichtet hat.',
      ],
      button: '',
    },
    test: {
      subject: 'Testmail von {organization}',
      lines: ['Dies ist die gewünschte Testmail. Der Mailserver von {organization} funktioniert.'],
      button: '',
    },
  },
};
