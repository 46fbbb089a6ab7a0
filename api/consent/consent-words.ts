import { STOP_WORDS } from "./stop-words.ts";
import type { WordRow } from "./word-row.ts";

/*
 * The words that are a request when they are the whole message. Carriers prescribe some that are ordinary words elsewhere: "cancel", "end",
 * "info". They count on the channels of carriers only.
 *
 * Sources: 47 CFR 64.1200(a)(10) (stop, quit, end, revoke, opt out, cancel, unsubscribe); the lists of Twilio (STOPALL, OPTOUT) and of AWS
 * (ARRET, REMOVE, TD, OPT-OUT); for other languages the words that carriers and vendors document, and the translations of STOP.
 */

export const CONSENT_WORDS: readonly WordRow[] = [
  ...STOP_WORDS,
  { request: "start", on: "carriers", language: "en", words: `resume` },
  { request: "start", on: "carriers", language: "es", words: `alta | iniciar` },
  { request: "start", on: "carriers", language: "de", words: `anmelden` },
  { request: "start", on: "carriers", language: "fr", words: `reprendre | commencer` },
  { request: "start", on: "carriers", language: "pt", words: `iniciar` },
  { request: "start", on: "carriers", language: "it", words: `inizia` },
  { request: "help", on: "every channel", language: "en", words: `help` },
  { request: "help", on: "carriers", language: "en", words: `info` },
  { request: "help", on: "every channel", language: "es", words: `ayuda` },
  { request: "help", on: "every channel", language: "de", words: `hilfe` },
  { request: "help", on: "every channel", language: "fr", words: `aide` },
  { request: "help", on: "every channel", language: "pt", words: `ajuda` },
  { request: "help", on: "every channel", language: "it", words: `aiuto` },
  {
    request: "help",
    on: "every channel",
    language: "other",
    words: `помощь | допомога | مساعده | עזרה | मदद | 帮助 | 幫助 | ヘルプ | 도움말 | help mij | hjalp | pomoc | yardim | bantuan | βοηθεια`,
  },
  {
    request: "agent",
    on: "every channel",
    language: "en",
    words: `human | agent | human agent | real person | representative | operator | talk to a human | talk to a person | speak to a human | speak to a person | speak to an agent`,
  },
  { request: "agent", on: "every channel", language: "es", words: `agente | persona` },
  { request: "agent", on: "every channel", language: "de", words: `mensch | mitarbeiter | berater` },
  { request: "agent", on: "every channel", language: "fr", words: `humain | conseiller` },
  { request: "agent", on: "every channel", language: "pt", words: `atendente` },
  { request: "agent", on: "every channel", language: "it", words: `operatore` },
  // A contact who has opted out subscribes again with the carriers' YES alone.
  { request: "yes", on: "every channel", language: "en", words: `yes` },
  {
    request: "agreement",
    on: "every channel",
    language: "en",
    words: `y | yep | yeah | yea | yup | sure | ok | okay | k | yes stop | yes do | please do | yes i do | do it | correct | absolutely | of course | definitely | right | yes you should | 👍 | yes stop them | affirmative | 1`,
  },
  {
    request: "agreement",
    on: "every channel",
    language: "es",
    words: `si | sip | claro | de acuerdo | vale | correcto | si quiero | si claro | por supuesto | si paren`,
  },
  {
    request: "agreement",
    on: "every channel",
    language: "de",
    words: `ja | jawohl | jo | gerne | ja gerne | genau | richtig | in ordnung | einverstanden | ja aufhoren | klar | ja stopp | ja klar`,
  },
  {
    request: "agreement",
    on: "every channel",
    language: "fr",
    words: `oui | ouais | d accord | daccord | bien sur | exactement | oui stop | oui arretez | oui d accord`,
  },
  {
    request: "agreement",
    on: "every channel",
    language: "pt",
    words: `sim | claro | isso | pode ser | com certeza | certo | sim pode | s | sim quero | pode parar`,
  },
  {
    request: "agreement",
    on: "every channel",
    language: "it",
    words: `si | certo | va bene | esatto | d accordo | si certo | si basta`,
  },
  {
    request: "agreement",
    on: "every channel",
    language: "other",
    words: `да | так | نعم | ايوه | כן | हां | हाँ | 是 | 是的 | 好 | 好的 | はい | 네 | 예 | tak | evet | ναι | ja graag | jah | ano | igen | da | ya | co`,
  },
  {
    request: "refusal",
    on: "every channel",
    language: "en",
    words: `no | nope | nah | n | no go on | go on | no continue | dont stop | do not stop | no dont stop | no way | no no | not at all | keep going | continue | carry on | 👎 | no please continue | of course not | 2`,
  },
  {
    request: "refusal",
    on: "every channel",
    language: "es",
    words: `no sigue | no sigan | sigue | sigan | continuar | no claro que no | no para nada | no continuen`,
  },
  {
    request: "refusal",
    on: "every channel",
    language: "de",
    words: `nein | ne | nee | weiter | nein weiter | nein danke | nicht aufhoren`,
  },
  {
    request: "refusal",
    on: "every channel",
    language: "fr",
    words: `non | non merci | continuez | continue | non continuez | pas du tout`,
  },
  {
    request: "refusal",
    on: "every channel",
    language: "pt",
    words: `nao | n | continuar | continue | nao continue | nao obrigado | pode continuar`,
  },
  {
    request: "refusal",
    on: "every channel",
    language: "it",
    words: `no grazie | continua | continuate | no continua | no continuate`,
  },
  {
    request: "refusal",
    on: "every channel",
    language: "other",
    words: `нет | ні | لا | לא | नहीं | 不 | 不是 | 不用 | いいえ | 아니요 | 아니오 | nie | hayir | οχι | nej | nee bedankt | ei | nem | nu | tidak | khong`,
  },
];

/** Words of courtesy around a request: "STOP please", "stopp bitte". */
export const COURTESIES = `please | pls | plz | kindly | thanks | thank | thx | ty | you | now | ok | okay | hi | hello | just | immediately | already | asap | sir | all of it
  | por favor | porfavor | porfa | favor | por | gracias | ya | inmediatamente | hola | bitte | danke | jetzt | sofort | hallo | endlich | svp | stp | s il vous plait | s il te plait | sil vous plait | merci | maintenant | bonjour | immediatement
  | obrigado | obrigada | agora | oi | ola | per favore | perfavore | per piacere | grazie | subito | adesso | ciao | пожалуйста | спасибо | من فضلك | رجاء | لو سمحت | בבקשה | תודה | कृपया | 请 | 請 | 谢谢 | 謝謝 | お願いします | ください | 제발 | alstublieft | aub | svp | alsjeblieft | tack | takk | tak | prosze | dziekuje | lutfen | παρακαλω`;
