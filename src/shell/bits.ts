/**
 * Bitwise operators of arithmetic. The library's work on 32 bits, so that `$((192<<24))` is negative; those of bash on
 * 64. What does not fit into 32 bits is put together out of two halves of 24, which is right for 48 bits: for every
 * calculation with IPv4 addresses and masks.
 */

interface Expression {
  readonly type: string
}
interface Binary extends Expression {
  readonly operator: string
  readonly left: Expression
  readonly right: Expression
}
interface Unary extends Expression {
  readonly operator: string
  readonly operand: Expression
}
interface Assignment extends Expression {
  readonly operator: string
  readonly variable: string
  readonly subscript?: Expression
  readonly stringKey?: string
  readonly value: Expression
}

const HALF = 2 ** 24
const WHOLE = 2 ** 48
const FITS = 2 ** 31
/** Variables that hold operands, so that each is evaluated once. */
const OPERAND = 'VETHEREAL_BITS'
const BITWISE: ReadonlySet<string> = new Set(['<<', '>>', '&', '|', '^'])

/** Is there something in an expression that was rewritten here? Its text must not be parsed again. */
export const hasBits = (json: string): boolean => json.includes(OPERAND)

const number = (value: number): Expression => ({ type: 'ArithNumber', value }) as Expression
const variable = (name: string): Expression => ({ type: 'ArithVariable', name }) as Expression
const binary = (left: Expression, operator: string, right: Expression): Expression =>
  ({ type: 'ArithBinary', operator, left, right }) as Expression
const assign = (name: string, value: Expression): Expression =>
  ({ type: 'ArithAssignment', operator: '=', variable: name, value }) as Expression
const either = (condition: Expression, consequent: Expression, alternate: Expression): Expression =>
  ({ type: 'ArithTernary', condition, consequent, alternate }) as Expression
const sequence = (...all: readonly Expression[]): Expression => all.reduce((left, right) => binary(left, ',', right))

/** Numbers the operand variables, for expressions nest. */
export class Bits {
  private count = 0

  binary(node: Binary): Expression {
    return BITWISE.has(node.operator) ? this.apply(node.operator, node.left, node.right) : node
  }

  /** `~x` is `-1 - x`. */
  unary(node: Unary): Expression {
    return node.operator === '~' ? binary(number(-1), '-', node.operand) : node
  }

  /** `x &= y` */
  assignment(node: Assignment): Expression {
    const operator = node.operator.slice(0, -1)
    if (!BITWISE.has(operator) || node.subscript !== undefined || node.stringKey !== undefined) return node
    return assign(node.variable, this.apply(operator, variable(node.variable), node.value))
  }

  private apply(operator: string, left: Expression, right: Expression): Expression {
    const [a, b] = [`${OPERAND}_${++this.count}`, `${OPERAND}_${++this.count}`]
    const operands = [assign(a, left), assign(b, right)]
    const power = binary(number(2), '**', variable(b))
    if (operator === '<<') return sequence(...operands, binary(variable(a), '*', power))
    if (operator === '>>') return sequence(...operands, shiftedRight(variable(a), power))
    const isSmall = [a, b]
      .flatMap(name => [binary(variable(name), '>=', number(-FITS)), binary(variable(name), '<', number(FITS))])
      .reduce((one, other) => binary(one, '&&', other))
    const direct = binary(variable(a), operator, variable(b))
    return sequence(...operands, either(isSmall, direct, inHalves(operator, a, b)))
  }
}

/** Division rounds towards zero, a shift downwards. */
const shiftedRight = (value: Expression, power: Expression): Expression =>
  either(
    binary(value, '<', number(0)),
    binary(binary(binary(value, '+', number(1)), '/', power), '-', number(1)),
    binary(value, '/', power),
  )

function inHalves(operator: string, a: string, b: string): Expression {
  const positive = [a, b].map(name =>
    assign(
      name,
      either(binary(variable(name), '<', number(0)), binary(variable(name), '+', number(WHOLE)), variable(name)),
    ),
  )
  const half = (which: '/' | '%'): Expression =>
    binary(binary(variable(a), which, number(HALF)), operator, binary(variable(b), which, number(HALF)))
  const whole = assign(a, binary(binary(half('/'), '*', number(HALF)), '+', half('%')))
  const signed = either(
    binary(variable(a), '>=', number(WHOLE / 2)),
    binary(variable(a), '-', number(WHOLE)),
    variable(a),
  )
  return sequence(...positive, whole, signed)
}
