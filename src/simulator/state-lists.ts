/** Fifty states and DC, no territories. Source: recorded answer of country validation rules for US. */
export const US_STATES =
  'AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY'.split(
    ' ',
  );

/** A guess: the codes of Canada Post. */
export const CA_STATES = 'AB BC MB NB NL NS NT NU ON PE QC SK YT'.split(' ');

/** A guess: the codes of the IBGE. */
export const BR_STATES =
  'AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO'.split(' ');

/** A guess: names in pinyin. */
export const CN_STATES =
  'Anhui,Beijing,Chongqing,Fujian,Gansu,Guangdong,Guangxi,Guizhou,Hainan,Hebei,Heilongjiang,Henan,Hubei,Hunan,Jiangsu,Jiangxi,Jilin,Liaoning,Nei Mongol,Ningxia,Qinghai,Shaanxi,Shandong,Shanghai,Shanxi,Sichuan,Tianjin,Xinjiang,Xizang,Yunnan,Zhejiang'.split(
    ',',
  );
