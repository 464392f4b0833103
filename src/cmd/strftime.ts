/**
 * Time as text, in UTC and the C locale: the conversions of GNU date.
 *
 * Follows gnulib lib/nstrftime.c: flags (`-` no padding, `_` blanks, `0` zeros, `+` zeros and a sign for years beyond
 * four digits, `^` upper case, `#` opposite case), a width, the modifiers E and O, which change nothing here.
 */

/** An instant in UTC. */
export interface Moment {
  /** Seconds since 1970, rounded down. */
  readonly seconds: number
  readonly ns: number
}

/** The parts of a moment; ranges as in struct tm, but for `month` (1 to 12) and the whole year. */
interface Calendar {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** 0 is Sunday. */
  readonly weekday: number
  /** 0 is the first of January. */
  readonly yearday: number
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const NS_DIGITS = 9
const SECONDS_PER_DAY = 86_400

/** Days since 1970 of a date in the Gregorian calendar, which is taken to have begun with year 0. */
function daysOf(year: number, month: number, day: number): number {
  // Years begin in March here, so that the leap day is their last.
  const y = month > 2 ? year : year - 1
  const era = Math.floor(y / 400)
  const ofEra = y - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}

function calendar({ seconds }: Moment): Calendar {
  const days = Math.floor(seconds / SECONDS_PER_DAY)
  const ofDay = seconds - days * SECONDS_PER_DAY
  let year = 1970 + Math.floor(days / 365.2425)
  if (daysOf(year + 1, 1, 1) <= days) year++
  else if (daysOf(year, 1, 1) > days) year--
  const yearday = days - daysOf(year, 1, 1)
  let month = 12
  while (daysOf(year, month, 1) > days) month--
  return {
    year,
    month,
    day: days - daysOf(year, month, 1) + 1,
    hour: Math.floor(ofDay / 3600),
    minute: Math.floor(ofDay / 60) % 60,
    second: ofDay % 60,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearday,
  }
}

/** ISO 8601: the year and the number of the week, which belongs to the year of its Thursday. */
function isoWeek({ year, yearday, weekday }: Calendar): { year: number; week: number } {
  const thursday = yearday - ((weekday + 6) % 7) + 3
  if (thursday < 0) {
    const length = daysOf(year, 1, 1) - daysOf(year - 1, 1, 1)
    return { year: year - 1, week: Math.floor((thursday + length) / 7) + 1 }
  }
  const length = daysOf(year + 1, 1, 1) - daysOf(year, 1, 1)
  if (thursday >= length) return { year: year + 1, week: 1 }
  return { year, week: Math.floor(thursday / 7) + 1 }
}

/** A number with its least number of digits; what pads it is a zero unless said otherwise. */
interface Numeric {
  readonly value: number
  readonly digits: number
  readonly blank?: boolean
}

function numeric(letter: string, moment: Moment, tm: Calendar): Numeric | undefined {
  const number = (value: number, digits = 2, blank = false): Numeric => ({ value, digits, blank })
  switch (letter) {
    case 'C':
      return number(Math.floor(tm.year / 100))
    case 'd':
      return number(tm.day)
    case 'e':
      return number(tm.day, 2, true)
    case 'g':
      return number(isoWeek(tm).year % 100)
    case 'G':
      return number(isoWeek(tm).year, 4)
    case 'H':
      return number(tm.hour)
    case 'I':
      return number(tm.hour % 12 || 12)
    case 'j':
      return number(tm.yearday + 1, 3)
    case 'k':
      return number(tm.hour, 2, true)
    case 'l':
      return number(tm.hour % 12 || 12, 2, true)
    case 'm':
      return number(tm.month)
    case 'M':
      return number(tm.minute)
    case 'q':
      return number(Math.ceil(tm.month / 3), 1)
    case 's':
      return number(moment.seconds, 1)
    case 'S':
      return number(tm.second)
    case 'u':
      return number(tm.weekday || 7, 1)
    case 'U':
      return number(Math.floor((tm.yearday - tm.weekday + 7) / 7))
    case 'V':
      return number(isoWeek(tm).week)
    case 'w':
      return number(tm.weekday, 1)
    case 'W':
      return number(Math.floor((tm.yearday - ((tm.weekday + 6) % 7) + 7) / 7))
    case 'y':
      return number(((tm.year % 100) + 100) % 100)
    case 'Y':
      return number(tm.year, 4)
    default:
      return undefined
  }
}

/** Text, and what `#` makes of its case. */
interface Textual {
  readonly text: string
  readonly opposite?: 'upper' | 'lower'
  /** `^` leaves it as it is. */
  readonly fixed?: boolean
}

const FORMATS: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
}

function textual(letter: string, moment: Moment, tm: Calendar): Textual | undefined {
  const half = tm.hour < 12 ? 'AM' : 'PM'
  const format = FORMATS[letter]
  if (format !== undefined) return { text: strftime(format, moment) }
  switch (letter) {
    case 'a':
      return { text: DAYS[tm.weekday]!.slice(0, 3), opposite: 'upper' }
    case 'A':
      return { text: DAYS[tm.weekday]!, opposite: 'upper' }
    case 'b':
    case 'h':
      return { text: MONTHS[tm.month - 1]!.slice(0, 3), opposite: 'upper' }
    case 'B':
      return { text: MONTHS[tm.month - 1]!, opposite: 'upper' }
    case 'n':
      return { text: '\n' }
    case 'p':
      return { text: half, opposite: 'lower' }
    case 'P':
      return { text: half.toLowerCase(), fixed: true }
    case 't':
      return { text: '\t' }
    case 'Z':
      return { text: 'UTC', opposite: 'lower' }
    default:
      return undefined
  }
}

interface Directive {
  readonly flags: string
  /** Undefined when none was written. */
  readonly width: number | undefined
  /** The last flag of `-_0+`: how to pad. */
  readonly pad: string | undefined
}

const DIRECTIVE = /%([-_0^#+]*)(\d*)(:*)([EO]?)([\s\S]?)/g
/** Which conversions may have which modifier. */
const MODIFIED: Readonly<Record<string, string>> = { '': '', E: 'cCxXyYs', O: 'bBdeHImMSsuUVwWy' }

/** The moment as `format` says. What is no conversion stays as it is. */
export function strftime(format: string, moment: Moment): string {
  const tm = calendar(moment)
  return format.replace(DIRECTIVE, (whole, flags: string, digits: string, colons: string, modifier: string, letter) => {
    if (whole === '%%') return '%'
    const width = digits === '' ? undefined : Number(digits)
    const directive = { flags, width, pad: /[-_0+](?=[\^#]*$)/.exec(flags)?.[0] }
    const allowed = modifier === '' || MODIFIED[modifier]!.includes(letter)
    const text = allowed && letter !== '' ? convert(letter, colons, directive, moment, tm) : undefined
    return text ?? whole.padStart(width ?? 0)
  })
}

function convert(letter: string, colons: string, how: Directive, moment: Moment, tm: Calendar): string | undefined {
  if (letter === 'z') return colons.length > 3 ? undefined : zone(colons.length, how)
  if (colons !== '') return undefined
  if (letter === 'N') return nanoseconds(moment.ns, how)
  if (letter === 'F') return fullDate(tm, how)
  const number = numeric(letter, moment, tm)
  if (number !== undefined) return padNumber(number, how, letter === 'Y' || letter === 'G' || letter === 'C')
  const text = textual(letter, moment, tm)
  return text === undefined ? undefined : padText(text, how)
}

function padNumber({ value, digits, blank }: Numeric, { width = 0, pad }: Directive, isYear: boolean): string {
  const signed = isYear && pad === '+' && (value > 9999 || width > digits)
  const sign = value < 0 ? '-' : signed ? '+' : ''
  const bare = String(Math.abs(value))
  if (pad === '-') return sign + bare
  const least = Math.max(width, digits)
  if (pad === '_' || (blank && pad === undefined)) return (sign + bare).padStart(least)
  return sign + bare.padStart(least - sign.length, '0')
}

function padText({ text, opposite, fixed }: Textual, { flags, width = 0, pad }: Directive): string {
  const upper = !fixed && (flags.includes('^') || (flags.includes('#') && opposite === 'upper'))
  const lower = flags.includes('#') && opposite === 'lower'
  const cased = lower ? text.toLowerCase() : upper ? text.toUpperCase() : text
  return pad === '-' ? cased : cased.padStart(width, pad === '0' || pad === '+' ? '0' : ' ')
}

/** `%N` counts from the left: its width is a precision. GNU date takes `%-N` for all digits that its clock has. */
function nanoseconds(ns: number, { width, pad }: Directive): string {
  const least = width || NS_DIGITS
  const digits = String(ns).padStart(NS_DIGITS, '0').padEnd(least, '0').slice(0, least)
  if (pad === '-' && width !== undefined) return digits.replace(/0+$/, '')
  return pad === '_' ? digits.replace(/0+$/, '').padEnd(least) : digits
}

/** `%F`: the width is that of the whole, and pads the year. */
function fullDate(tm: Calendar, { width, pad }: Directive): string {
  const year = { value: tm.year, digits: 4 }
  const rest = strftime('-%m-%d', { seconds: daysOf(tm.year, tm.month, tm.day) * SECONDS_PER_DAY, ns: 0 })
  const yearPad = width === undefined && pad === undefined ? '+' : pad === '-' ? '0' : pad
  return padNumber(year, { flags: '', width: Math.max(0, (width ?? 0) - 6), pad: yearPad }, true) + rest
}

/** `%z` and, with colons, +00:00, +00:00:00, +00. The first number is the one that is padded. */
function zone(colons: number, { width, pad }: Directive): string {
  const body = ['0000', '00:00', '00:00:00', '00'][colons]!
  const bare = colons === 0 || colons === 3 ? '0' : body.slice(1)
  if (pad === '-') return `+${bare}`
  if (pad === '_') return `+${bare}`.padStart(Math.max(width ?? 0, body.length + 1))
  return `+${body.padStart((width ?? 0) - 1, '0')}`
}
