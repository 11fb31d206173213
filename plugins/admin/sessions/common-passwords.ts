/**
 * What is tried first. Lower case, without spaces; only those that are long enough to be accepted at all (8 or more, as
 * two-step verification allows), because shorter ones are refused by their length.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
12345678 123456789 1234567890 12345678910 123456789012 1234567890123 12345678901234 123456789012345 1234567890123456
0123456789 0987654321 9876543210 87654321 987654321 11111111 00000000 22222222 33333333 44444444 55555555 66666666
77777777 88888888 99999999 12341234 12344321 123123123 123321123 147258369 159357456 112233445566 1q2w3e4r 1q2w3e4r5t
1q2w3e4r5t6y 1q2w3e4r5t6y7u8i 1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedc qazwsxedcrfv qwertyui qwertyuiop
qwertyuiop123 qwertyuiopasdfg qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm qwerty123 qwerty1234 qwerty12345
qwerty123456 qwertyqwerty qwertyqwertyqwerty asdfghjkl asdfghjkl123 asdfasdf asdfasdfasdf zxcvbnm123 zxcvbnmzxcvbnm
azertyuiop azertyuiopqsdfg password password1 password12 password123 password1234 password12345 password123456
passwordpassword passwordpassword1 password1password1 passw0rd passw0rd1 p@ssword p@ssw0rd p@ssw0rd1 pass1234 passpass
passpasspass passpasspasspass mypassword mypassword123 thisismypassword thisisapassword thisismypassword1
correcthorsebattery iloveyou iloveyou1 iloveyou12 iloveyou123 iloveyouforever
iloveyousomuch iloveyou2much letmein1 letmein123 letmeinletmein letmeinplease opensesame openopenopen welcome1
welcome12 welcome123 welcome1234 welcome12345 welcomewelcome welcometothejungle changeme changeme1 changeme123
changemechangeme changemeplease changethispassword pleasechangeme administrator administrator1 administrator123
administratoradministrator admin123 admin1234 admin12345 adminadmin adminadminadmin rootroot rootrootroot
superuser superuser123 supervisor supervisor123 manager123 testtest testtest123 testtesttest testtesttesttest
test1234 test12345 testing123 testpassword testpassword123 temporary temporary123 temporarypassword temppassword
defaultpassword default123 guest1234 guestguest user1234 useruser username username123 computer computer1 computer123
internet internet1 internet123 baseball baseball1 football football1 football123 basketball basketball1 superman
superman1 superman123 batman123 spiderman spiderman1 starwars starwars1 starwars123 pokemon1 pokemon123 minecraft
minecraft123 dragon123 dragonball dragonballz monkey123 michelle michelle1 jennifer jennifer1 jessica1 samantha
alexander alexander1 elizabeth elizabeth1 christian christian1 charlotte charlotte1 benjamin benjamin1 nicholas
victoria victoria1 princess princess1 princess123 sunshine sunshine1 sunshine123 sunshinesunshine butterfly
butterfly1 chocolate chocolate1 chocolate123 trustno1 trustnoone whatever whatever1 whatever123 blink182 midnight
midnight1 maverick hello123 hello1234 hellohello hellohello123 helloworld helloworld1 helloworld123 helloworldhelloworld
helloworldhello goodmorning goodmorning123 goodluck123 america1 australia deutschland liverpool liverpool1 barcelona
barcelona1 realmadrid realmadrid1 manchester manchesterunited manchesterunited1 chelsea1 arsenal1 juventus juventus1
liverpoolfc1 newyork1 newyorkcity newyorkyankees summer2024 summer2025 summer2026 winter2024 winter2025 winter2026
spring2026 autumn2026 october2026 november2026 december2026 january2026 company123 companypassword office123
telephone telephone1 telephone123 telephonetelephone linefinder linefinder1 linefinder123 linefinderlinefinder
linefinder12345 linefinderpassword abcd1234 abc12345 abc123456 abc123abc123 abcdefgh abcdefghi abcdefghij
abcdefghijk abcdefghijkl abcdefghijklm abcdefghijklmn abcdefghijklmno abcdefghijklmnop abcdefghijklmnopq
abcdefghijklmnopqrstuvwxyz a1b2c3d4 a1b2c3d4e5 a1b2c3d4e5f6 a1b2c3d4e5f6g7h8 aa123456 aaaaaaaa aaaaaaaaaa
aaaaaaaaaaaaaaa aaaaaaaaaaaaaaaa zzzzzzzz zzzzzzzzzzzzzzz xxxxxxxx xxxxxxxxxxxxxxx secret123 secretsecret
secretsecretsecret topsecret topsecret123 secretpassword secretpassword1 ncc1701d matrix123 thematrix access14
access123 accessgranted master123 mastermaster masterpassword masterkey
`
    .trim()
    .split(/\s+/),
);
