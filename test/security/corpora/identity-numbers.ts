/** Each has a form or a check digit of its own. */
export const NATIONAL_IDS = [
  "12345678Z",
  "12.345.678-Z",
  "X1234567L",
  "RSSMRA85T10A562S",
  "2341 2341 2346",
  "529.982.247-25",
  "756.9217.0769.85",
  "2 95 10 99 126 111 93",
  "360426199101010071",
  "131052-308T",
  "811228-9874",
  "12.531.909-2",
  "112-233-445 95",
  "ACUPA7085R",
  "JG 10-37-59 A",
];
/** Each needs the word before it. */
export const CUED_IDS: readonly (readonly [string, string])[] = [
  ["CPF: ", "52998224725"],
  ["my Aadhaar number is ", "234123412346"],
  ["PESEL ", "44051401359"],
  ["mijn BSN is ", "111222333"],
  ["Steuer-ID ", "36574261809"],
  ["Reisepass: ", "C01X00T47"],
  ["TC kimlik no ", "10000000146"],
  ["주민등록번호: ", "881213-1234567"],
];
export const BIRTH_CUES = [
  "born on ",
  "DOB: ",
  "geboren am ",
  "né le ",
  "fecha de nacimiento: ",
  "дата рождения ",
];
export const BIRTH_DATES = [
  "03.04.1985",
  "1985-04-03",
  "4/3/1985",
  "3 April 1985",
  "3. Mai 1985",
  "3 de mayo de 1985",
];
