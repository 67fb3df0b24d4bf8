/**
 * The names of months and their short forms beside a day, in the languages whose spreadsheets are
 * likely to meet these files (Unicode CLDR 48, in lower case; what a language shares with one before
 * it stands there). Asking Intl for them would cost a twentieth of a second in each run, and a Node
 * with English alone would know no other. Pure.
 */

export const MONTH_NAMES: ReadonlySet<string> = new Set(
  `
january february march april may june july august september october november december jan
feb mar apr jun jul aug sep oct nov dec
januar februar märz mai juni juli oktober dezember sept okt dez
janvier février mars avril juin juillet août septembre octobre novembre décembre janv févr
avr juil déc
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene
abr ago dic
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro fev set out
gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre gen mag giu lug ott
januari februari maart mei augustus mrt
marts maj
augusti
desember des
tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta
syyskuuta lokakuuta marraskuuta joulukuuta
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada
grudnia sty lut kwi cze lip sie wrz paź lis gru
ledna února března dubna května června července srpna září října listopadu prosince
januára februára apríla mája júna júla augusta septembra októbra novembra decembra
marec junij julij avgust avg
siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna studenoga prosinca sij
velj ožu tra svi srp kol ruj stu pro
január február március április május június július augusztus szeptember október febr márc
ápr máj jún júl szept
ianuarie februarie martie aprilie iunie iulie septembrie octombrie noiembrie decembrie ian
iun iul
януари февруари март април май юни юли август септември октомври ноември декември
ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου
οκτωβρίου νοεμβρίου δεκεμβρίου ιαν φεβ μαρ απρ μαΐ ιουν ιουλ αυγ σεπ οκτ νοε δεκ
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık oca şub nis haz
tem ağu eyl eki kas ara
jaanuar veebruar märts aprill juuni juuli oktoober detsember jaan veebr dets
janvāris februāris aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris
decembris jūn jūl
sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio
gruodžio
января февраля марта апреля мая июня июля августа сентября октября ноября декабря янв февр
мар апр июн июл авг сент окт нояб дек
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня січ
лют бер квіт трав черв лип серп вер жовт лист груд
월
มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน
ธันวาคม ม ค ก พ มี เม ย มิ ส ต ธ
tháng thg
maret agustus agu
`.match(/\S+/gu),
);
