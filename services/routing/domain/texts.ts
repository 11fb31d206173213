import type { Language, OrganizationData, TextName } from './directory-data.ts';
import type { Target } from './target.ts';

/** What callers hear where the organization has written no text of its own. `menu` has no setting: targets carry theirs. */
export type BuiltInTextName = TextName | 'menu' | 'wrongExtension';

const builtIn: Readonly<Record<Language, Readonly<Record<BuiltInTextName, string>>>> = {
  en: {
    unavailable: 'The person you are calling is not available. Please try again later. Goodbye.',
    closed: 'We are closed at the moment. Please call again during our opening hours. Goodbye.',
    noNumber: 'This number is not in service. Goodbye.',
    voicemailGreeting: 'Nobody can take your call right now. Please leave a message after the tone.',
    confirm: 'You have a forwarded call. Press 1 to accept it.',
    menu: 'Please enter the extension you want to reach.',
    wrongExtension: 'There is no such extension.',
  },
  es: {
    unavailable: 'La persona a la que llama no está disponible. Inténtelo más tarde. Adiós.',
    closed: 'En este momento estamos cerrados. Vuelva a llamar en horario de atención. Adiós.',
    noNumber: 'Este número no está en servicio. Adiós.',
    voicemailGreeting: 'Ahora nadie puede atender su llamada. Deje un mensaje después de la señal.',
    confirm: 'Tiene una llamada desviada. Pulse 1 para aceptarla.',
    menu: 'Marque la extensión con la que desea hablar.',
    wrongExtension: 'Esa extensión no existe.',
  },
  fr: {
    unavailable: 'La personne que vous appelez n’est pas disponible. Veuillez rappeler plus tard. Au revoir.',
    closed: 'Nous sommes actuellement fermés. Veuillez rappeler pendant nos heures d’ouverture. Au revoir.',
    noNumber: 'Ce numéro n’est pas en service. Au revoir.',
    voicemailGreeting: 'Personne ne peut prendre votre appel. Laissez un message après le signal.',
    confirm: 'Vous avez un appel transféré. Appuyez sur 1 pour l’accepter.',
    menu: 'Composez le numéro de poste que vous souhaitez joindre.',
    wrongExtension: 'Ce poste n’existe pas.',
  },
  de: {
    unavailable:
      'Die angerufene Person ist nicht erreichbar. Bitte versuchen Sie es später. Auf Wiederhören.',
    closed: 'Wir haben zurzeit geschlossen. Bitte rufen Sie während der Öffnungszeiten an. Auf Wiederhören.',
    noNumber: 'Diese Nummer ist nicht vergeben. Auf Wiederhören.',
    voicemailGreeting: 'Zurzeit kann niemand Ihren Anruf annehmen. Sprechen Sie bitte nach dem Ton.',
    confirm: 'Sie haben einen weitergeleiteten Anruf. Drücken Sie die 1, um ihn anzunehmen.',
    menu: 'Bitte wählen Sie die gewünschte Durchwahl.',
    wrongExtension: 'Diese Durchwahl gibt es nicht.',
  },
};

type Speaker = Pick<OrganizationData, 'language' | 'texts'>;

/** The organization's own text, else the built-in one in its language. */
export function spokenText(organization: Speaker, name: TextName): string {
  return organization.texts[name] ?? builtIn[organization.language][name];
}

/** A number that is closed or switched off says so, unless the announcement has a text of its own. */
export function sayingClosed(organization: Speaker, target: Target): Target {
  if (target.type !== 'announcement' || target.text !== undefined) return target;
  return { type: 'announcement', text: spokenText(organization, 'closed') };
}

/** A text that organizations do not set. */
export function builtInText(organization: Speaker, name: 'menu' | 'wrongExtension'): string {
  return builtIn[organization.language][name];
}

/** Everything the organization can say without a target's own text, for looking a text up by its hash. */
export function allSpokenTexts(organization: Speaker): readonly string[] {
  return [...Object.values(builtIn[organization.language]), ...Object.values(organization.texts)];
}
