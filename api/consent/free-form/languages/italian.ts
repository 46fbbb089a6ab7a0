import type { LanguageRules } from "../rule-language.ts";
import { ROMANCE_ASK, ROMANCE_STOP } from "./romance-rules.ts";

/** An elided word is a word of its own: "l'invio" is "l invio". */
export const italian: LanguageRules = {
  language: "it",
  fillers: `per favore | perfavore | x favore | per piacere | per cortesia | pf | grazie | vi prego | ti prego | la prego | subito | immediatamente | adesso | ora | gia | piu | mai piu | mai | ancora | di nuovo | il | lo | la | i | gli | le | l | un | uno | una | i vostri | vostri | vostre | vostro | vostra | tuoi | tue | tuo | tua
    | suoi | sue | suo | sua | questi | queste | questo | questa | quei | quelle | tutti | tutte | tutto | tanti | troppi | di | dei | del | dello | della | delle | degli | d | da | dal | dai | dalla | dalle | da voi | da parte vostra | a | al | alla | ai | in | nel | nella | con | per | su | e | o | che | mi | me | ci | si | vi | ti
    | altri | altre | altro | nessun | nessuno | nessuna | alcun | qualsiasi | ciao | salve | buongiorno | ok | basta | pubblicitari | pubblicitarie | promozionali | indesiderati | commerciali | automatici | definitivamente | qui | cortesemente | mio | mia | miei | continuamente | per sempre`,
  classes: {
    END: `smett{ete,i,etela,ila,a,ano,ere,iamo,etela di,ila di,ete di,i di,a di} | smettere | smetterla | finitela | piantatela | piantala | ferm{ate,a,i,are} | interromp{ete,i,a,ere} | cessate | cessa | cessi | basta | basta con | basta coi | stop | stop a | stop ai | niente | niente piu | fine | finiamola con | evitate | evita | sospend{ete,i,a,ere} | astenetevi`,
    CANCEL: `annull{ate,a,i,are,o} | disattiv{ate,a,i,are} | sospend{ete,i,a,ere} | disdi{re,te,ci} | cancell{ate,a,i,are} | blocc{ate,a,hi,are} | elimin{ate,a,i,are} | interrompere`,
    SEND: `mandar{mi,ci,e,melo} | inviar{mi,ci,e} | spedir{mi,e} | mandat{emi,eci} | inviat{emi,eci} | mandarmi | inviarmi | mandi | mandiate | inviate | mandate | mandare | inviare | invio | invii | inoltrar{mi,e} | spedite`,
    CONTACT: `scriver{mi,ci,e} | scriv{etemi,eteci,ete,imi,ermi} | contattar{mi,ci,e} | contatt{atemi,ateci,ate,ami,i,iate} | disturbar{mi,ci,e} | disturb{atemi,ate,ami,i} | infastidir{mi,e} | infastid{itemi,ite} | molestar{mi,e} | assillar{mi,e} | messaggiar{mi,e} | importunar{mi,e} | stressar{mi,e} | rompere | rompermi | romper{e le palle,mi le palle}
      | tormentar{mi,e} | spammar{e,mi} | importunatemi | seccarmi`,
    CALL: `chiamar{mi,ci,e} | chiam{atemi,ate,ami} | telefonar{mi,e} | telefonatemi`,
    MESSAGES: `messaggi | messaggio | messaggini | sms | testi | mail | email | e mail | pubblicita | promozioni | offerte | annunci | spam | notifiche | avvisi | comunicazioni | newsletters | contatti | contatto | iscrizione sms | servizio sms | abbonamento sms | promemoria | whatsapp | aggiornamenti | schifezze | roba`,
    NOT: `non | non mi | non ci | mai piu | non voglio che mi`,
    SUBSCRIPTION: `iscrizione | sottoscrizione`,
    NEWS: `notizie | vostre notizie | nulla di voi | parlare di voi`,
    FORBID: `vi proibisco di | proibisco | vi vieto di | vieto | mi oppongo`,
    PLEASE_STOP: `per favore basta | per favore stop | per favore smett{etela,ete,ila} | grazie basta | smett{etela,ete,ila} per favore | interessato basta | quindi basta | vi prego basta | basta per favore`,
    NOTHING: `niente | nulla`,
    WANT_NOT: `non voglio | non voglio piu | non desidero | non desidero piu | non vorrei | non vorrei piu | non intendo | non intendo piu | non vogliamo | non mi interessa | non mi interessano | non sono interessat{o,a} a | non sono interessat{o,a} ai | non sono interessat{o,a} alle | non sono piu interessat{o,a} | preferisco non | preferirei non | non accetto | non autorizzo | vorrei smettere di | voglio smettere di | desidero smettere di
      | non ho richiesto | non ho chiesto | gradirei non | vorrei non | non gradisco | non gradisco piu | desidero non | chiedo di non | non ho bisogno di`,
    GET: `ricever{e,ne,li} | avere | vedere | sentire | continuare a ricevere | ricevere`,
    CONTACT_ME: `mi scriv{iate,a,ete,i} | mi contatt{iate,i,ate} | mi disturb{iate,i,ate} | essere contattat{o,a} | essere disturbat{o,a} | essere piu contattat{o,a} | che mi scriviate | che mi contattiate | essere importunat{o,a} | piu essere contattat{o,a} | essere infastidit{o,a}`,
    REMOVE_ME: `cancell{atemi,ami,armi,atemi} | mi cancelli | toglietemi | toglimi | togliermi | mi tolga | mi togliete | rimuov{etemi,imi,ermi} | mi rimuova | elimin{atemi,ami,armi} | disiscriv{etemi,imi,ermi} | disiscrivermi | mi disiscrivo | mi disiscriva | disiscrizione | disiscrivere | disiscriversi | essere cancellat{o,a} | essere rimoss{o,a} | essere tolt{o,a}
      | levatemi | levami | depennatemi | escludetemi | annullare l iscrizione | annullate l iscrizione | annulla l iscrizione | annullare la mia iscrizione | annullate la mia iscrizione | cancellare la mia iscrizione | cancellate la mia iscrizione | cancella la mia iscrizione | cancellare l iscrizione | cancellate l iscrizione | cancellazione dalla lista | disabbonatemi`,
    REMOVE: `cancell{ate,a,i,are} | rimuov{ete,i,a,ere} | togli{ete,,ere} | tolga | elimin{ate,a,i,are} | dimentic{ate,a,hi} | leva | levate | perdete | perdi | scordate | scordatevi`,
    NUMBER: `numero | numero di telefono | telefono | cellulare | contatto | i miei dati | nome | nominativo | questo numero | recapito`,
    LIST: `lista | liste | lista contatti | lista di contatti | lista di invio | mailing list | lista di distribuzione | database | banca dati | sistema | archivio | archivi | rubrica | elenco | elenchi | vostro elenco | messaggi | sms | invii | notifiche | contatti | registro | promozioni`,
    NEWSLETTER: `newsletter | servizio | bollettino`,
    WITHDRAW: `revoc{o,are,hiamo} | ritir{o,are} | annullo | tolgo | nego`,
    CONSENT: `consenso | permesso | autorizzazione`,
    NO_CONSENT: `non do il consenso | non do il mio consenso | non avete il mio consenso | non avete il mio permesso | non acconsento | non autorizzo | senza il mio consenso | senza consenso | non ho dato il consenso | non ho mai dato il consenso | non avete piu il mio consenso | mi oppongo`,
    ALONE: `lasciatemi in pace | lasciami in pace | mi lasci in pace | lasciatemi stare | lasciami stare | mi lasci stare | lasciateci in pace | lasciatemi perdere | lasciami perdere | lasciatemi tranquill{o,a} | non rompete | non rompere | non rompetemi | toglietevi dai piedi`,
    GO_AWAY: `basta | adesso basta | ora basta | basta cosi | smettila | smettetela | finitela | finiscila | piantala | piantatela | sparisci | sparite | vai via | andate via | vattene | andatevene | zitto | zitti | taci | voglio smettere | fermatevi | fermati | ferma | fermate | levati | vaffanculo | toglietemi | cancellatemi subito | cancellami`,
    SPAM: `questo e spam | e spam | vi segnalo | vi denuncio | vi blocco | vi segnalero | vi denuncero | e una molestia | e molestia | segnalero come spam`,
    NO_MORE: `niente | niente piu | basta | nessun | mai piu | stop`,
    WRONG: `numero sbagliato | sbagliato numero | numero errato | avete sbagliato numero`,
    TIRED: `stanc{o,a} di | stuf{o,a} di | stuf{o,a} dei | stanc{o,a} dei`,
    SIGNED_NOT: `mai iscritt{o,a} | non mi sono iscritt{o,a} | mai dato il mio numero | mai dato il consenso | mai richiesto`,
  },
  stop: [
    ...ROMANCE_STOP,
    "NOT SEND NOTHING",
    "WANT_NOT GET NOTHING",
    "WANT_NOT GET NEWS",
    "FORBID * CONTACT",
    "FORBID * SEND",
    "REMOVE_ME * LIST",
    "ALONE",
  ],
  ask: ROMANCE_ASK,
  blockers: `se mi | se non | se voi | quando | lui | lei mi ha | loro | perche non mi avete | finche | prima di | dopo | il mio ex | il mio capo | la mia banca | qualcuno | chi | gli ho detto | non riesco a | non posso | non ho ricevuto | non ricevo | ricevo | ho ricevuto | clienti | utenti | mentre | non voglio che smettiate | avete | ha smesso
    | hanno | non ho | ho dimenticato | perche avete | nessuno mi | non mi hanno | non mi ha`,
  questions: `come | come posso | come faccio a | come si fa a | posso | si puo | e possibile | dove posso | dove | cosa devo fare per | perche | aiuto per | vorrei sapere come | avrei bisogno di aiuto per`,
  subjects: `io | tu | lui | noi | loro | chi | ancora | perche`,
  limits: `fino | tranne | eccetto | salvo | ma | solo se | se non | quando | mentre | durante | di notte | la sera | la mattina | la domenica | nel weekend | invece | domani | dopo | prima | riguardo | ordine | prenotazione | account | conto | fattura | chiamatemi | chiamami | palestra | contratto | abbonamento | assicurazione | corso
    | app | carrello | gruppo | appuntamento | consegna | carta | piano | corriere | in ufficio | al lavoro | sul lavoro | per telefono | per posta | per email | via email`,
  others: `lista d attesa | lista di attesa | lista degli invitati | lista dei desideri | lista della spesa | lista nozze | lista regali`,
};
