import type { LanguageRules } from "../rule-language.ts";

export const english: LanguageRules = {
  language: "en",
  fillers: `please | pls | plz | kindly | just | now | right now | immediately | at once | asap | today | already | again | any more | anymore | any longer
    | anyway | ever | ever again | all | all of | any | any of | every | the | a | an | your | ur | you | u | those | these | this | that | such | so many | so much
    | of | from | from you | from your company | from this number | to | with | for me | thanks | thank you | thx | ok | okay | ty | yall | guys | sir | maam | really
    | fucking | damn | bloody | stupid | unwanted | unsolicited | annoying | marketing | promotional | advertising | automated | more | further | future | here
    | completely | permanently | forever | for good | effective immediately | via | by | over | on | through | me | my | in | and | or | constantly | constant | always
    | back | man | dude | bro | lol | the hell | hell | fuck | heck | the fuck | tf | altogether | out | it | is | are | be | as | too | either | even`,
  classes: {
    END: `stop | stp | stopp | quit | cease | desist | cease and desist | discontinue | halt | refrain from | knock off | if you stopped | if you would stop | if you could stop | if you can stop | if you quit | for you to stop | enough with`,
    NO_MORE: `no more | enough | enough of | zero more | not one more | not another`,
    CANCEL: `cancel | end | terminate | turn off | shut off | switch off | cut off | cut | deactivate | disable | suspend`,
    SAID: `i said | i told you | i have told you | ive told you | told you`,
    NOT: `dont | do not | don t | dnt | donot | never | please not | dont you | dont u | do nt | not to | to not`,
    CONTACT: `text{,s,ing} | txt{,ing} | messag{e,es,ing} | msg{,ing} | contact{,ing} | email{,ing} | e mailing | mail{,ing} | writ{e,ing} | spam{,ming} | bother{,ing}
      | harass{,ing} | ping{,ing} | annoy{,ing} | pester{,ing} | bug{,ging} | disturb{,ing} | solicit{,ing} | dm{,ing} | reach{,ing} out | blow{,ing} up
      | sms | hit{,ting} up | notify{,ing} | communicat{e,ing} | hound{,ing} | bombard{,ing} | spaming | whatsapp{,ing} | whatsapping`,
    CALL: `call{,ing} | phon{e,ing} | ring{,ing}`,
    SEND: `send{,ing} | sent | deliver{,ing} | forward{,ing} | push{,ing} | share | sharing`,
    GET: `get | getting | receiv{e,ing} | recieve | recieving | see | seeing | have | accept`,
    ME: `me | us | my phone | my number | my cell | my mobile | this number | this phone | my line | my inbox`,
    FAMILY: `my mom | my mum | my mother | my dad | my father | my parents | my wife | my husband | my partner | my son | my daughter | my kid | my kids | my family`,
    MESSAGES: `messages | message | texts | msgs | msg | txts | sms | smses | text messages | text message | texting | messaging | emails | mails | spam | ads | adverts | advertisements
      | promos | promotions | offers | deals | marketing | advertising | newsletters | notifications | alerts | updates | reminders | communication | communications
      | correspondence | contact | contacts | solicitations | outreach | junk | crap | shit | bullshit | garbage | nonsense | campaigns | broadcasts | blasts | spamming
      | text subscription | sms subscription | message subscription | text alerts | text updates | text service | sms service | text notifications | sms notifications`,
    THESE: `this | these | that | those | it | stuff | things | this stuff | crap | shit | anything | anything else | nothing | more | any more | anymore | everything | everything else`,
    WANT_NOT: `dont want | do not want | don t want | dnt want | dont wanna | no longer want | dont wish | do not wish | no longer wish | dont need | do not need
      | no longer need | would rather not | d rather not | rather not | would prefer not | d prefer not | prefer not | would like not | not interested in | no longer interested in | no interest in | dont like
      | do not like | no longer care | didnt ask for | did not ask for | dont ever want | never want | never wish | do not ever want`,
    WANT_END: `want | need | would like | d like | wish | must | have to | has to | need to | needs to | should | better`,
    HEAR: `hear from you | hear from you guys | hear from yall | hear from your company | hear from this number | hear from u | hearing from you`,
    TEXTS: `messages | texts | msgs | txts | sms | text messages | texting | messaging | emails | spam | ads | promos | promotions | marketing | advertising | notifications`,
    MUST_BE: `should be | must be | needs to be | has to be | ought to be | to be`,
    MAKE: `make | get | please make`,
    PLEASE_STOP: `please stop | pls stop | plz stop | please quit | just stop | so stop | now stop | interested stop | number stop | thanks stop | thank you stop`,
    NOT_BE: `not to be | must not be | should not be | not be | never be | not want to be | never want to be | refuse to be`,
    USE: `use | share | keep | store`,
    UNWELCOME: `not welcome | unwelcome | unwanted | not wanted | are harassment | is harassment`,
    INFO: `my info | my information | my details | my data | my contact information | my phone | me | us`,
    CAN_BE: `can i be | could i be | may i be | can i please be | can we be | i be | please have me | have me | get me | have my number | get my number`,
    I_WANT: `i want | i need | i would like | id like | i d like | i wish | we want | we would like | i have to | i am asking | please can i | i request | i demand | i must`,
    CONTACTED: `contacted | texted | messaged | bothered | spammed | called | emailed | disturbed`,
    REMOVE: `remove | delete | erase | drop | scrub | purge | strike | cross | clear | unlist | wipe | exclude`,
    OFF: `take me off | get me off | take us off | take my number off | take my phone off | take my phone number off | get my phone number off | take this number off | get my number off | take my cell number off | take my mobile number off | take our number off | take my cell off | take my name off | want off | pull me off
      | take me out | take my number out | get me out | remove me from | remove us from | remove my number from | remove this number from | delete me from | drop me from
      | delete my number from | remove my phone number from | erase me from | erase my number from | strike me from | exclude me from | remove my name from | want out of | want off of | cut me off | drop me off`,
    REMOVED: `removed | taken off | deleted | dropped | unsubscribed | opted out | unlisted | excluded`,
    SELF: `me | us | my number | my phone number | my cell number | my mobile number | this number | this phone number | my phone | my contact | my contact info | my contact details`,
    NUMBER: `my number | my phone number | my cell number | my mobile number | this number | this phone number | my contact info | my contact details | my digits`,
    LIST: `list | lists | mailing list | mailing lists | contact list | contacts list | call list | calling list | text list | texting list | sms list | message list
      | marketing list | email list | distribution list | messaging list | subscriber list | contacts | database | data base | db | system | records | distribution
      | messages | texts | text messages | sms | subscription list | broadcast list | marketing | mailings | campaign | campaigns | promotions | notifications | alerts`,
    UNSUBSCRIBE: `unsubscribe | unsub | unsubscribing | unsuscribe | unsubcribe | unsubscibe | unsubscrib | unsubsribe | un subscribe | unsubscrbe | usubscribe | unsubscirbe
      | opt me out | opt us out | opt out me | opt out | opt out of | optout | opting out | opting out of | opt my number out | opt this number out`,
    NEWSLETTER: `newsletter | news letter | newsletters | email list | emails | email newsletter`,
    WITHDRAW: `revok{e,ing} | withdraw{,ing} | rescind{,ing} | retract{,ing} | tak{e,ing} back | pull{,ing} | remov{e,ing} | cancel{,ing} | terminat{e,ing}`,
    CONSENT: `consent | permission | authorization | authorisation | opt in | approval | agreement to be contacted`,
    CONSENT_NOT: `no longer consent | dont consent | do not consent | dont have my consent | do not have my consent | dont have my permission | do not have my permission
      | no longer have my consent | no longer have my permission | not consent | dont have permission | do not have permission | without my consent | without my permission | do not give you permission | dont give you permission | do not give permission | dont give permission | did not give you permission | didnt give you permission | never gave you permission | refuse consent
      | not authorized | not authorised | consent revoked | consent withdrawn | consent is revoked | consent is withdrawn | consent has been revoked`,
    SIGNED_NOT: `never signed up | didnt sign up | did not sign up | never consented | did not consent | didnt consent | never subscribed | didnt subscribe | did not subscribe
      | never opted in | never agreed | never asked for | never gave you permission | never gave permission | never gave you my number | didnt give you my number`,
    ALONE: `leave me alone | leave us alone | let me alone | leave me be | leave me in peace | get off my phone | stay off my phone | stay away from me | get out of my phone | get out of my inbox`,
    LOSE: `lose | forget | delete | erase | burn | remove | drop`,
    NO: `no | not | zero`,
    DO_NOT_LIST: `do not contact list | do not call list | do not text list | do not message list | dnc list | do not contact | dnc`,
    ADD: `add | put | place`,
    STOPPED: `stop | end | cease | be stopped`,
    GO_AWAY: `go away | get lost | piss off | fuck off | f off | bugger off | buzz off | shut up | enough | thats enough | that is enough | enough already | knock it off
      | cut it out | stop it | stop that | stop this | quit it | stop these | stop those | i want to stop | i want this to stop | i want it to stop | make it stop | i said stop | i quit
      | i want out | let me out | want to stop | im done with you | do not disturb | dnd | screw off | sod off | back off | take me off | delete me | no more please
      | not interested stop | i am out | im out | i want to be left alone | be gone | block | blocked`,
    SPAM: `this is spam | its spam | you are spam | you re spamming me | youre spamming me | you are spamming me | you re spamming | you are spamming | spam | spammer | spammers | this is harassment | you are harassing | im reporting | i am reporting | reported as spam | reporting as spam
      | report this number | report this as spam | blocking you | blocking this number | block you | block this number | sue you | contact my lawyer`,
    KEEP: `keep | keeps | still | continue | continuing`,
    TIRED: `tired of | sick of | sick and tired of | fed up with | had enough of | done with | over it with | annoyed by | annoyed with | getting too many | too many`,
    WRONG: `wrong number | wrong person | wrong phone number | have the wrong number | got the wrong number | not my number | incorrect number | not the person`,
  },
  stop: [
    "END CONTACT ME",
    "END CONTACT CONTACT ME",
    "END CALL CONTACT ME",
    "END CALL ME $",
    "END CONTACT $",
    "END CONTACT FAMILY ME",
    "^ GO_AWAY END .",
    "END SEND * MESSAGES",
    "END SEND ME $",
    "END SEND ME THESE $",
    "END GET * MESSAGES",
    "END MESSAGES $",
    "END * TEXTS $",
    "I_WANT NO_MORE MESSAGES",
    "MAKE MESSAGES STOPPED",
    "NOT_BE CONTACTED",
    "NOT USE NUMBER",
    "MESSAGES UNWELCOME",
    "REMOVE INFO * LIST",
    "CAN_BE REMOVED",
    "CAN_BE REMOVED * LIST",
    "END MESSAGES ME",
    "CANCEL MESSAGES $",
    "MESSAGES WANT_END STOPPED $",
    "WANT_END MESSAGES STOPPED $",
    "NOT CONTACT ME",
    "^ NOT CONTACT $",
    "NOT SEND * MESSAGES",
    "NOT SEND ME THESE $",
    "NOT SEND ME $",
    "WANT_NOT MESSAGES",
    "WANT_NOT SEND * MESSAGES",
    "WANT_NOT GET * MESSAGES",
    "WANT_NOT GET THESE $",
    "WANT_NOT GET $",
    "WANT_NOT HEAR",
    "WANT_NOT CONTACTED",
    "WANT_NOT CONTACT ME",
    "WANT_NOT CONTACT $",
    "^ NO TEXTS .",
    "^ NO_MORE MESSAGES",
    "^ NO_MORE CONTACT",
    "SAID NO_MORE MESSAGES $",
    "NUMBER MUST_BE REMOVED",
    "OFF LIST",
    "OFF $",
    "REMOVE SELF $",
    "REMOVE SELF * LIST",
    "I_WANT REMOVED $",
    "I_WANT REMOVED * LIST",
    "LOSE NUMBER $",
    "UNSUBSCRIBE SELF $",
    "UNSUBSCRIBE SELF * LIST",
    "UNSUBSCRIBE SELF THESE $",
    "UNSUBSCRIBE $",
    "UNSUBSCRIBE * LIST",
    "UNSUBSCRIBE MESSAGES",
    "ADD SELF * DO_NOT_LIST",
    "WITHDRAW CONSENT",
    "CONSENT_NOT",
    "ALONE",
  ],
  ask: [
    "PLEASE_STOP .",
    "END * CONTACT $",
    "END CONTACT FAMILY",
    "NOT CONTACT FAMILY",
    "UNSUBSCRIBE NEWSLETTER",
    "UNSUBSCRIBE SELF * NEWSLETTER",
    "OFF NEWSLETTER",
    "NOT CALL ME .",
    "SIGNED_NOT $",
    "SIGNED_NOT * MESSAGES",
    "^ GO_AWAY .",
    "SPAM $",
    "KEEP CONTACT ME",
    "KEEP SEND ME",
    "KEEP GET * TEXTS",
    "TIRED * TEXTS",
    "WRONG $",
  ],
  blockers: `when | whenever | if | unless | did | does | doesnt | didnt | was | were | had | wont | cant | couldnt | cannot | can not | dont | do not | not | never | isnt | arent | wouldnt
    | shouldnt | until | till | after | before | while | since | he | she | they | them | him | her | hes | shes | theyre | his | their | someone | people | my ex | my mom | my mum | my dad
    | my boss | my bank | friend | friends | customers | clients | users | do you | are you | should i | will i | would i | do i | have i | has | which | whose | who | because | cause | gave | give
    | entered | typed | ordered | with the | in case | unable | able | forgot | remember | instead of | rather than | as soon as | i will | ill | i ll | im going to | reply | replying | type stop | text stop | send stop | wait | hope | love
    | trying not | what happens | happens | error | says | about`,
  questions: `how about | how do i | how can i | how to | how do we | how would i | how do you | how should i | how am i | can i | may i | could i | is there a way | is it possible | where do i | where can i
    | what do i do | what must i do | what should i do | what is the way | whats the way | dont know how | do not know how | cant figure out how | why do you | why are you | why do i | why am i | why
    | help me | need help | tried | trying to | i try | explain how | tell me how | show me how | will you ever | when will you | am i able | it possible`,
  subjects: `you | u | ya | i | we | they | who | that | which | usually | normally | often | actually | still | also | he | she`,
  limits: `until | till | unless | before | after 0 | if | when | while | during | except | instead | but | only | at night | at work | in the morning | in the evening | on weekends | on sundays | weekend
    | about | regarding | concerning | tonight | tomorrow | later | between | because i | other than | more than | too early | so late | so early | this week | this month | for now | without
    | to confirm | with the code | call me | email me | use email | app | website | account | from my account | my account | my order | order | booking | reservation | invoice
    | cookies | program | trial | insurance | class | course | plan | premium | wait | waiting | waitlist | the group | chat | channel | server | calendar | page | browser | cart | basket | cc | by phone | by email | by post | by mail | by fax | at the office | at my office | at school`,
  others: `waiting list | wait list | waitlist | guest list | wish list | wishlist | shopping list | price list | packing list | invite list | invitation list | class list | party list | booking list | reservation list | wedding list | gift list | roster`,
};
