/** Scripts, and what bash 5.2 with GNU tools printed for them on Linux. */

export interface BashCase {
  readonly name: string
  readonly script: string
  readonly stdout: string
  readonly stderr: string
  readonly status: number
}

const text = (...lines: string[]): string => lines.map(line => `${line}\n`).join('')

export const BASH_CASES: readonly BashCase[] = [
  {
    name: 'grep with several patterns',
    script: `L() { printf 'a b\\nb\\n\\ncd\\n'; }
L | grep -e a -e d; L | grep -v -e '^$' -e '^b'; L | grep -ce a -e d; L | grep -n -m 1 -e ^b -e d
L | grep -A1 -e'a b' -e x; L | grep -E -e 'a|z' -e 'd$'; L | grep --regexp=b --regexp d; L | grep -oe b -e a
echo x-e | grep -e -e; L | grep -q -e nosuch -e cd && echo yes; L | grep -F -e 'a b' -e c --`,
    stdout: text(
      ...['a b', 'cd', 'a b', 'cd', '2', '2:b', 'a b', 'b', 'a b', 'cd', 'a b', 'b', 'cd', 'a', 'b', 'b', 'x-e', 'yes'],
      ...['a b', 'cd'],
    ),
    stderr: '',
    status: 0,
  },
  {
    name: 'order of the two streams',
    script: `echo a; echo b >&2; { echo c; echo d >&2; } 2>&1 | cat; echo e >&2`,
    stdout: text('a', 'c', 'd'),
    stderr: text('b', 'e'),
    status: 0,
  },
  {
    name: 'redirections of groups, functions and loops',
    script: `f() { echo out; echo err >&2; }
f > x 2>&1; cat x
{ f; echo more; } 2>y >/dev/null; cat y
for i in 1 2; do f; done > z 2>&1; cat z
f 2>&1 >/dev/null | sed 's/^/piped /'
f 3>&1 1>&2 2>&3 3>&- | sed 's/^/swapped /'
f &> both; cat both
f >> both 2>&1; wc -l < both`,
    stdout: text('out', 'err', 'err', 'out', 'err', 'out', 'err', 'piped err', 'swapped err', 'out', 'err', '4'),
    stderr: text('out'),
    status: 0,
  },
  {
    name: 'exec moves the shell itself',
    script: `exec 3>&1
exec > log 2>&1
echo logged; echo complaint >&2
nosuch
exec 1>&3 2>&1 3>&-
sed 's/line [0-9]*/line N/' log
exec 4<<< "first
second"
read -u 4 a; read -u 4 b; echo "$b $a"`,
    stdout: text('logged', 'complaint', 'case.sh: line N: nosuch: command not found', 'second first'),
    stderr: '',
    status: 0,
  },
  {
    name: 'command substitution and pipes inside functions',
    script: `f() { echo "$1"; echo "$1" >&2; }
x=$(f inner 2>/dev/null); echo "[$x]"
y=$(f both 2>&1); echo "[$y]"
echo "$(f a 2>/dev/null | tr a b) $(echo c)"
echo $(( $(echo 4) * 2 ))
n=3; echo $(( $(echo $n) + n )); (( $(echo $n) == 3 )) && echo three
printf '%s\\n' "$(printf 'a\\nb\\n\\n')" | wc -l`,
    stdout: text('[inner]', '[both', 'both]', 'b c', '8', '6', 'three', '2'),
    stderr: '',
    status: 0,
  },
  {
    name: '|& and tee',
    script: `f() { echo out; echo err >&2; }
f |& cat
f 2>&1 | tee copy | tail -n 1; cat copy`,
    stdout: text('out', 'err', 'err', 'out', 'err'),
    stderr: '',
    status: 0,
  },
  {
    name: 'process substitution',
    script: `diff <(echo a; echo b) <(echo a; echo c) > d; echo $?
while read -r line; do echo "got $line"; done < <(printf '1\\n2\\n')`,
    stdout: text('1', 'got 1', 'got 2'),
    stderr: '',
    status: 0,
  },
  {
    name: 'here documents',
    script: `v=value
cat <<E1
$v $(echo sub) \\$v
E1
cat <<'E2'
$v
E2
cat <<-E3
		tabs
	E3
cat <<< "word $v"
eval 'cat <<E | tr a-z A-Z; cat <<-"F"
one $v "q" \\$v
E
		two $v
	F
cat <<G
G
echo end'
printf 'cat <<E\\nin $v\\nE\\n' > lib.sh; . ./lib.sh`,
    stdout: text('value sub $v', '$v', 'tabs', 'word value', 'ONE VALUE "Q" $V', 'two $v', 'end', 'in value'),
    stderr: '',
    status: 0,
  },
  {
    name: 'command not found',
    script: `nosuch; echo $?
nosuch arg 2>/dev/null; echo $?
./nosuch; echo $?
cd /nosuch; echo $?
cat < /nosuch; echo $?
echo x > /nosuch/file; echo $?`,
    stdout: text('127', '127', '127', '1', '1', '1'),
    stderr: text(
      'case.sh: line 1: nosuch: command not found',
      'case.sh: line 3: ./nosuch: No such file or directory',
      'case.sh: line 4: cd: /nosuch: No such file or directory',
      'case.sh: line 5: /nosuch: No such file or directory',
      'case.sh: line 6: /nosuch/file: No such file or directory',
    ),
    status: 0,
  },
  {
    name: 'words as commands',
    script: `set -- echo a "b  c"; "$@"
x="echo d  e"; $x
c=(printf '%s|' "f g" h); "\${c[@]}"; echo
$nothing echo i
none=; $none; echo $?`,
    stdout: text('a b  c', 'd e', 'f g|h|', 'i', '0'),
    stderr: '',
    status: 0,
  },
  {
    name: 'set -e and lists',
    script: `set -e
f() { false; echo "f goes on"; }
f || echo no
if f; then echo yes; fi
f && echo and
! f
( false; echo sub ) || echo no
x=$(false; echo inner); echo "$x"
local_() { local v=$(false); echo local; }; local_
false | true
(exit 3) || echo "status $?"
f
echo never`,
    stdout: text('f goes on', 'f goes on', 'yes', 'f goes on', 'and', 'f goes on', 'sub', 'inner', 'local', 'status 3'),
    stderr: '',
    status: 1,
  },
  {
    name: 'set -u',
    script: `set -u
echo "\${x:-default}" "\${x-}" "\${1:-none}"
[ -z "\${x:-}" ] && echo empty
f() { x=1; echo "$x"; }; f; echo "$nope"
echo never`,
    stdout: text('default  none', 'empty', '1'),
    stderr: text('case.sh: line 4: nope: unbound variable'),
    status: 1,
  },
  {
    name: 'set -u within a function',
    script: `set -u
f() { echo "$nope"; echo never; }; f
echo never`,
    stdout: '',
    stderr: text('case.sh: line 2: nope: unbound variable'),
    status: 1,
  },
  {
    name: 'set -o pipefail',
    script: `false | true; echo $?
set -o pipefail
false | true; echo $?
(exit 3) | cat | (exit 4) | cat; echo "\${PIPESTATUS[@]}"`,
    stdout: text('0', '1', '3 0 4 0'),
    stderr: '',
    status: 0,
  },
  {
    name: 'EXIT trap',
    script: `trap 'echo "bye $? \${a[1]}"' EXIT
a=(x y)
echo working
exit 3`,
    stdout: text('working', 'bye 3 y'),
    stderr: '',
    status: 3,
  },
  {
    name: 'EXIT trap after set -e',
    script: `set -e
clean() { echo "clean \${a[*]}"; }
trap clean EXIT
a=(1 2)
false
echo never`,
    stdout: text('clean 1 2'),
    stderr: '',
    status: 1,
  },
  {
    name: 'EXIT trap in another shell and with exit',
    script: `bash -c 'trap "echo inner" EXIT; exit 4'; echo $?
trap 'exit 9' EXIT
exit 1`,
    stdout: text('inner', '4'),
    stderr: '',
    status: 9,
  },
  {
    name: 'ERR trap',
    script: `trap 'echo "error $? at $LINENO"' ERR
false
f() { false; echo f; }
f
if false; then :; fi
false || true
! true
(exit 5)
true && false
echo end`,
    stdout: text('error 1 at 2', 'f', 'error 5 at 8', 'error 1 at 9', 'end'),
    stderr: '',
    status: 0,
  },
  {
    name: 'no trap left',
    script: `trap 'echo never' EXIT
trap - EXIT
echo end`,
    stdout: text('end'),
    stderr: '',
    status: 0,
  },
  {
    name: 'jobs',
    script: `f() { echo "in f $1 $v \${a[1]}"; }
v=5; a=(x "y z"); f 1 & wait
(exit 4) & wait $!; echo $?
sleep 5 & kill $!; wait $!; echo $?
sleep 5 & kill -INT $!; wait $!; echo $?
{ sleep 9; echo never; } & kill %1; wait %1; echo $?
(sleep 0.2; echo late) & echo early; wait
wait %7; echo $?
sleep 0.3 & sleep 0.1 & jobs; wait
x=1; { x=2; } & wait; echo $x
true & false & wait; echo $?`,
    stdout: text(
      'in f 1 5 y z',
      '4',
      '143',
      '130',
      '143',
      'early',
      'late',
      '127',
      '[1]-  Running                 sleep 0.3 &',
      '[2]+  Running                 sleep 0.1 &',
      '1',
      '0',
    ),
    stderr: text('case.sh: line 8: wait: %7: no such job'),
    status: 0,
  },
  {
    name: 'eval and source',
    script: `x='a b'; eval "echo $x; y=5"; echo $y
eval 'echo "piped" | tr p P; echo err >&2' 2>/dev/null
false; eval 'echo $?'
echo 'f() { echo "sourced $1 $#"; }; echo "loading $1"; return 3' > lib.sh
source ./lib.sh arg; echo $?
f 1 2
. ./nosuch.sh; echo $?`,
    stdout: text('a b', '5', 'PiPed', '1', 'loading arg', '3', 'sourced 1 2', '1'),
    stderr: text('case.sh: line 7: ./nosuch.sh: No such file or directory'),
    status: 0,
  },
  {
    name: 'arguments',
    script: `f() { echo "$# $1 $*"; shift; echo "$@"; }
f a "b c" d
set -- 1 2 3; echo $# "\${@:2}" \${#}
echo "$0" | sed 's/.*case/case/'
bash -c 'echo "$0 $1 $#"' name one two
echo 'echo "in $1 $2"' | bash -s x y
printf 'echo "file $1"\\nexit 6\\n' > s.sh; bash s.sh q; echo $?; chmod +x s.sh; ./s.sh r; echo $?`,
    stdout: text('3 a a b c d', 'b c d', '3 2 3 3', 'case.sh', 'name one 2', 'in x y', 'file q', '6', 'file r', '6'),
    stderr: '',
    status: 0,
  },
  {
    name: 'environment',
    script: `x=1; export y=2
bash -c 'echo "[$x] [$y]"'
z=3 bash -c 'echo "[$z]"'; echo "[$z]"
env | grep '^y='
env -i A=b bash -c 'echo $A'
unset y; bash -c 'echo "[$y]"' `,
    stdout: text('[] [2]', '[3]', '[]', 'y=2', 'b', '[]'),
    stderr: '',
    status: 0,
  },
  {
    name: 'arrays',
    script: `a=(one "two three" four); echo "\${#a[@]} \${a[1]} \${a[@]: -1} \${!a[@]}"
a+=(five); unset 'a[0]'; echo "\${a[@]}"
declare -A m=([x]="1 2" [y]=3); m[z]=4
for k in x y z; do echo "$k=\${m[$k]}"; done
f() { local -a l=("p q" r); local -A n=([k]="v w"); echo "\${l[0]} \${n[k]} \${#l[@]}"; }; f
mapfile -t lines < <(printf 'l 1\\nl 2\\n'); echo "\${#lines[@]} \${lines[1]}"
IFS=, read -r p q <<< "1,2"; echo "$q$p"`,
    stdout: text('3 two three four 0 1 2', 'two three four five', 'x=1 2', 'y=3', 'z=4', 'p q v w 2', '2 l 2', '21'),
    stderr: '',
    status: 0,
  },
  {
    name: 'expansions',
    script: `p=/a/b/file.tar.gz; echo \${p##*/} \${p%.*} \${p%%.*} \${p/file/x} \${#p} \${p:3:1}
s=Text; echo \${s^^} \${s,,} \${s:-d} \${none:-d} \${none:+x}
echo {1..3} {a,b}{1,2} $((0x10 + 010)) $((5 / 2)) $((7 % 3)) $(( 1 << 4 ))
[[ 10.0.0.7 =~ ^([0-9]+)\\.([0-9]+) ]] && echo "\${BASH_REMATCH[2]} \${BASH_REMATCH[1]}"
[[ abc == a* && ! x == y ]] && echo glob
case 10.1 in 10.*) echo ten;; *) echo other;; esac
i=0; while ((i < 3)); do ((i++)); [ $i -eq 2 ] && continue; printf '%d ' $i; done; echo
printf '%-6s|%5.2f|%03d|%x\\n' ab 3.14159 7 255`,
    stdout: text(
      'file.tar.gz /a/b/file.tar /a/b/file /a/b/x.tar.gz 16 b',
      'TEXT text Text d',
      '1 2 3 a1 a2 b1 b2 24 2 1 16',
      '0 10',
      'glob',
      'ten',
      '1 3 ',
      'ab    | 3.14|007|ff',
    ),
    stderr: '',
    status: 0,
  },
  {
    name: 'tools',
    script: `printf '3 c\\n1 a\\n2 b\\n' | sort -n | awk '{ s += $1; print $2 } END { print "sum", s }'
printf 'a:b:c\\n' | cut -d: -f2-; echo 'one two' | cut -d' ' -f1
printf 'x\\nx\\ny\\n' | uniq -c
seq 5 | head -n 2; seq 5 | tail -n +4; seq 3 | tac | paste -sd,
echo 'rtt min/avg = 0.04/0.05 ms' | grep -oE '[0-9.]+/[0-9.]+' | cut -d/ -f2
printf 'a\\nb\\n' | grep -n b; printf 'a\\n' | grep -q z || echo none; printf 'A\\n' | grep -ic a
echo hello | sed -E 's/(l+)/<\\1>/; s/^h/H/'; printf '1\\n2\\n3\\n' | sed -n '2p'
printf 'a b c\\n' | xargs -n1 echo item; printf '1\\n2\\n' | xargs -I{} echo "<{}>"
echo '{"a":[{"b":1},{"b":2}]}' | jq -r '.a[].b'; echo '[3,1]' | jq -c 'sort'
echo abc | tr a-c A-C; echo a,b | tr , '\\n' | wc -l; basename /x/y.sh .sh; dirname /x/y`,
    stdout: text(
      'a',
      'b',
      'c',
      'sum 6',
      'b:c',
      'one',
      '      2 x',
      '      1 y',
      '1',
      '2',
      '4',
      '5',
      '3,2,1',
      '0.05',
      '2:b',
      'none',
      '1',
      'He<ll>o',
      '2',
      'item a',
      'item b',
      'item c',
      '<1>',
      '<2>',
      '1',
      '2',
      '[1,3]',
      'ABC',
      '2',
      'y',
      '/x',
    ),
    stderr: '',
    status: 0,
  },
  {
    name: 'set -x',
    script: `set -x
x=ab
echo "$x c"
f() { :; }
set +x
echo end`,
    stdout: text('ab c', 'end'),
    stderr: text('+ x=ab', "+ echo 'ab c'", '+ set +x'),
    status: 0,
  },
  {
    name: 'an assignment succeeds',
    script: `false; a=1; echo $?
false; a=(1 2); echo $?
false; a=$?; echo $a $?
false; a+=(3); a[1]=4; echo $?
declare -A m; false; m=([a]=1); echo $?
a=$(false); echo $?
false; a=$(true); echo $?
true | false | a=1; echo $?
! a=1; echo $?
false; SECONDS=0; echo $?
set -e
if false; then :; else b=1; fi
f() { local c=1; if [ $c = 2 ]; then :; else d=(x y); fi; echo \${d[1]}; }
f; echo end`,
    stdout: text('0', '0', '1 0', '0', '0', '1', '0', '0', '1', '0', 'y', 'end'),
    stderr: '',
    status: 0,
  },
  {
    name: 'links, and devices that never end',
    script: `mkdir d; touch d/f; ln -s d l; ln -s gone broken
here=$(readlink -f .)
for o in '' -f -e -m -n -v; do
  for p in l l/f l/no no/no broken d .; do echo "[$o $p] $(readlink $o $p 2>&1) $?"; done
done | sed "s|$here|HERE|"
for o in '' -e -m -q; do
  for p in l l/f l/no no/no broken; do echo "[$o $p] $(realpath $o $p 2>&1) $?"; done
done | sed "s|$here|HERE|"
readlink l d broken; echo $?
readlink; realpath
head -c 999 /dev/urandom | tr -dc a-z | head -c 6 | wc -c
nproc | grep -c .
env [ 1 = 1 ]; echo $?; env test 1 = 2; echo $?
rm -f '' d/f; ls d/f 2>/dev/null; echo $?; rm ''; echo $?`,
    stdout: text(
      '[ l] d 0',
      '[ l/f]  1',
      '[ l/no]  1',
      '[ no/no]  1',
      '[ broken] gone 0',
      '[ d]  1',
      '[ .]  1',
      '[-f l] HERE/d 0',
      '[-f l/f] HERE/d/f 0',
      '[-f l/no] HERE/d/no 0',
      '[-f no/no]  1',
      '[-f broken] HERE/gone 0',
      '[-f d] HERE/d 0',
      '[-f .] HERE 0',
      '[-e l] HERE/d 0',
      '[-e l/f] HERE/d/f 0',
      '[-e l/no]  1',
      '[-e no/no]  1',
      '[-e broken]  1',
      '[-e d] HERE/d 0',
      '[-e .] HERE 0',
      '[-m l] HERE/d 0',
      '[-m l/f] HERE/d/f 0',
      '[-m l/no] HERE/d/no 0',
      '[-m no/no] HERE/no/no 0',
      '[-m broken] HERE/gone 0',
      '[-m d] HERE/d 0',
      '[-m .] HERE 0',
      '[-n l] d 0',
      '[-n l/f]  1',
      '[-n l/no]  1',
      '[-n no/no]  1',
      '[-n broken] gone 0',
      '[-n d]  1',
      '[-n .]  1',
      '[-v l] d 0',
      '[-v l/f] readlink: l/f: Invalid argument 1',
      '[-v l/no] readlink: l/no: No such file or directory 1',
      '[-v no/no] readlink: no/no: No such file or directory 1',
      '[-v broken] gone 0',
      '[-v d] readlink: d: Invalid argument 1',
      '[-v .] readlink: .: Invalid argument 1',
      '[ l] HERE/d 0',
      '[ l/f] HERE/d/f 0',
      '[ l/no] HERE/d/no 0',
      '[ no/no] realpath: no/no: No such file or directory 1',
      '[ broken] HERE/gone 0',
      '[-e l] HERE/d 0',
      '[-e l/f] HERE/d/f 0',
      '[-e l/no] realpath: l/no: No such file or directory 1',
      '[-e no/no] realpath: no/no: No such file or directory 1',
      '[-e broken] realpath: broken: No such file or directory 1',
      '[-m l] HERE/d 0',
      '[-m l/f] HERE/d/f 0',
      '[-m l/no] HERE/d/no 0',
      '[-m no/no] HERE/no/no 0',
      '[-m broken] HERE/gone 0',
      '[-q l] HERE/d 0',
      '[-q l/f] HERE/d/f 0',
      '[-q l/no] HERE/d/no 0',
      '[-q no/no]  1',
      '[-q broken] HERE/gone 0',
      'd',
      'gone',
      '1',
      '6',
      '1',
      '0',
      '1',
      '2',
      '1',
    ),
    stderr: text(
      'readlink: missing operand',
      "Try 'readlink --help' for more information.",
      'realpath: missing operand',
      "Try 'realpath --help' for more information.",
      "rm: cannot remove '': No such file or directory",
    ),
    status: 0,
  },
  {
    name: 'where a text stands',
    script: `mkdir sub
cat > sub/lib.sh << 'END'
echo "lib: \${BASH_SOURCE[0]} \${BASH_SOURCE%/*} $0"
g() { echo "g: \${BASH_SOURCE[0]}"; f; }
[ "\${BASH_SOURCE[0]}" = "$0" ] || echo sourced
END
echo 'echo "other: $BASH_SOURCE"' > sub/other.sh
echo "\${BASH_SOURCE[0]} $BASH_SOURCE \${BASH_SOURCE##*/}"
f() { echo "f: \${BASH_SOURCE[0]}"; }
source sub/lib.sh a; . ./sub/lib.sh
f; g; ( g )
bash sub/other.sh; bash -c 'echo "<$BASH_SOURCE>"'; echo 'echo "<$BASH_SOURCE>"' | bash
[ "\${BASH_SOURCE[0]}" = "$0" ] && echo run directly`,
    stdout: text(
      'case.sh case.sh case.sh',
      'lib: sub/lib.sh sub case.sh',
      'sourced',
      'lib: ./sub/lib.sh ./sub case.sh',
      'sourced',
      'f: case.sh',
      'g: ./sub/lib.sh',
      'f: case.sh',
      'g: ./sub/lib.sh',
      'f: case.sh',
      'other: sub/other.sh',
      '<>',
      '<>',
      'run directly',
    ),
    stderr: '',
    status: 0,
  },
  {
    name: 'a part of a parameter in arithmetic',
    script: `ip=10.0.0.7
echo "\${ip%.*}.$(( \${ip##*.} + 1 ))" $(( \${#ip} + \${ip%%.*} ))
(( y = \${ip##*.} * 2 )) && echo $y
for ((i=\${ip##*.}; i<9; i++)); do echo -n "$i "; done; echo
[[ $(( \${ip##*.} % 2 )) -eq 1 ]] && echo odd`,
    stdout: text('10.0.0.8 18', '14', '7 8 ', 'odd'),
    stderr: '',
    status: 0,
  },
  {
    name: "paste and xargs read what GNU's do",
    script: `printf 'a\\nb\\n' | paste -sd' ' -; printf 'a\\nb\\n' | paste -s -d , -; printf 'a\\nb\\n' | paste -sd+
printf 'a b\\nc d\\n' | xargs -I % echo [%] %; printf '1 2 3\\n' | xargs -n2 echo`,
    stdout: text('a b', 'a,b', 'a+b', '[a b] a b', '[c d] c d', '1 2', '3'),
    stderr: '',
    status: 0,
  },
  {
    name: 'wait -n takes the next that ends',
    script: `sleep 0.2 & (sleep 0.1; exit 3) & wait -n; echo $?; wait -n; echo $?; wait -n; echo $?; kill -0 $$; echo $?`,
    stdout: text('3', '0', '127', '0'),
    stderr: '',
    status: 0,
  },
  {
    name: 'arithmetic of addresses, in more than 32 bits',
    script: `ip=192.168.10.25; IFS=. read -r a b c d <<< $ip; n=$(( (a<<24)|(b<<16)|(c<<8)|d )); echo $n $((a<<24|b<<16|c<<8|d))
p=20; m=$(( 0xffffffff << (32-p) & 0xffffffff )); printf '%d.%d.%d.%d\\n' $((m>>24)) $((m>>16&255)) $((m>>8&255)) $((m&255))
net=$((n & m)); bc=$((net | ~m & 0xffffffff)); echo $net $bc $((n & ~((1<<(32-p))-1))) $((~0)) $((-256>>4)) $((~m)) $((-1 & 0xffffffff)) $((n ^ m))
((n>>=8)); ((n&=0xff00)); echo $n; ((n|=5)); echo $n; ((n^=1)); echo $n; ((n<<=20)); echo $n`,
    stdout: text(
      '3232238105 3232238105',
      '255.255.240.0',
      '3232235520 3232239615 3232235520 -1 -16 -4294963201 4294967295 1062730265',
      '43008',
      '43013',
      '43012',
      '45101350912',
    ),
    stderr: '',
    status: 0,
  },
  {
    name: 'arithmetic commands and let, with and without blanks',
    script: `n=1; ((n>=3)) && echo a; ((n<=3)) && echo b; ((n>=1&&n<=1)) && echo c; (( n -= 2 )); echo $n; ((!n)) || echo not
until ((n>=3)); do ((n++)); done; while((n<=5)); do((n+=2)); done; echo $n; f() { ((n>=7)); }; f && echo f
let "x=n>=m" y=n-2; echo $x $y; let n-=1 && echo $n; i=3; while((i-->0)); do echo -n $i; done; echo; ( ((n)); echo sub ); ((echo two); (echo shells))
a=(4 5 6); i=0; echo "\${a[$((i+1))]}" \${a[$(( i + 2 ))]} "$(((n>1)) && echo in)" '((x>1))' "((x>1))" # ((y>1))
cat <<E
((n>=3))
E
for((j=0;j<2;j++)); do echo -n $j; done; echo; if ((n>6)) && [[ -n $n ]]; then echo both; fi`,
    stdout: text(
      'b',
      'c',
      '-1',
      'not',
      '7',
      'f',
      '1 5',
      '6',
      '210',
      'sub',
      'two',
      'shells',
      '5 6 in ((x>1)) ((x>1))',
      '((n>=3))',
      '01',
    ),
    stderr: '',
    status: 0,
  },
  {
    name: 'a parameter that must be set names itself',
    script: `f() { : "\${1:?usage: f NAME}"; }; (f); (: \${x:?}); (echo "\${y?is not set}"); echo end`,
    stdout: text('end'),
    stderr: text(
      'case.sh: line 1: 1: usage: f NAME',
      'case.sh: line 1: x: parameter null or not set',
      'case.sh: line 1: y: is not set',
    ),
    status: 0,
  },
  {
    name: 'awk -v OFS',
    script: `echo a,b | awk -F, -v OFS=: '{$1=$1; print}'; echo 'a b' | awk -v OFS=- '{print $1, $2}'`,
    stdout: text('a:b', 'a-b'),
    stderr: '',
    status: 0,
  },
]
