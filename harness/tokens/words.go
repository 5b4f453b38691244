package tokens

import "strings"

// words are short English words that are one token each, with the blank before
// them, in the vocabularies of the common model families, so that a text of n
// of them has n tokens, give or take the first, under most tokenizers.
var words = strings.Fields(`
the of and to in is it that for was on are as with his they at be this from
have or by one had not but what all were when we there can an your which their
said if do will each about how up out them then she many some so these would
other into has more her two like him see time could no make than first been its
who now people my made over did down only way find use may water long little
very after words called just where most know get through back much before go
good new write our used me man too any day same right look think also around
another came come work three word must because does part even place well such
here take why things help put years different away again off went old number
great tell men say small every found still between name should home big give
air line set own under read last never us left end along while might next sound
below saw something thought both few those always looked show large often
together asked house world going want school important until form food keep
children feet land side without boy once animals life enough took sometimes
four head above kind began almost live page got earth need far hand high year
mother light parts country father let night following picture being study
second eyes soon times story boys since white days ever paper hard near
sentence better best across during today others however sure means knew try
told young miles sun ways thing whole hear example heard several change answer
room sea against top turned learn point city play toward five using himself
usually money seen car morning given trees ready green red list though feel
talk bird body dog family music color questions fish area mark horse birds
problem complete rain order wood plants pulled figure fall class town low black
short measure wind rock space covered fast hold step early waves reached listen
blue yes power pattern cross slowly farm course held road box rule govern voice
fact unit ground king drive certain field travel fire upon done English half
ten fly gave remember run quick develop ocean warm free minute strong special
mind behind clear tail produce street nothing stay wheel full force object
decide surface deep moon island foot system busy test record boat common gold
possible plane dry wonder laugh thousand ago ran check game shape hot miss
brought heat snow tire bring yet fill east weight language among ball heart am
present heavy dance engine position arm wide sail material size vary settle
speak general ice matter circle pair include divide felt perhaps pick sudden
count square reason length represent art subject region energy hunt bed egg
ride cell believe simple window store summer train sleep prove lone leg wall
catch mount wish sky board joy winter sat written wild kept glass grass cow job
edge sign visit past soft fun bright gas weather month million bear finish
happy hope flower strange gone trade trip office receive row mouth exact symbol
die least trouble except wrote seed tone join suggest clean break lady yard
rise bad blow oil blood touch grew cent mix team wire cost lost brown wear
garden equal sent choose fell fit flow fair bank collect save control ear
gentle woman captain practice separate difficult doctor please protect noon
whose ring character insect caught period radio spoke atom human history effect
expect crop modern element hit student corner party supply bone rail imagine
provide agree capital chair danger fruit rich thick soldier process operate
guess necessary sharp wing create neighbor wash rather crowd corn compare poem
string bell depend meat rub tube famous dollar stream fear sight thin planet
chief colony clock mine tie enter major fresh search send yellow gun allow
print dead spot desert suit current lift rose continue block chart hat sell
success company event particular deal swim term opposite wife shoe shoulder
spread arrange camp invent cotton born determine quart nine truck noise level
chance gather shop stretch throw shine property column molecule select wrong
gray repeat require broad prepare salt nose plural anger claim continent
oxygen sugar death pretty skill women season solution magnet silver thank
branch match suffix especially fig afraid huge sister steel discuss forward
similar guide experience score apple bought led pitch coat mass card band rope
slip win dream evening condition feed tool total basic smell valley nor double
seat arrive master track parent shore division sheet substance favor connect
post spend chord fat glad original share station dad bread charge proper bar
offer segment slave duck instant market degree populate chick dear enemy reply
drink occur support speech nature range steam motion path liquid log meant
quotient teeth shell neck`)
