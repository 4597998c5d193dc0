import { describe, expect, it } from 'vitest';
import { levelOfCommand, rank } from './assessing.ts';

const READING = `
ls -la
ls src/*.ts
cat README.md docs/a.md
head -n 5 a.txt
tail -20 logs/app.log
wc -l src/a.ts
grep -rn needle src
grep -rn needle src --include=*.ts
grep -- -exec docs/find.md
rg -n 'fn main' src -g '*.rs'
find . -type f -name '*.ts' -not -path './node_modules/*'
sort -t, -k2 -n a.csv | uniq -c | sort -rn | head -5
cut -d: -f1 a.txt
awk -F, '{sum += $2} END {print sum}' a.csv
sed -n '5,10p' a.txt
sed -e 's/a/b/g' -e '/^#/d' a.txt
jq -r '.scripts | keys[]' package.json
git status --porcelain
git log --oneline --graph -5
git diff --stat main...HEAD
git show HEAD:src/a.ts
git branch -a
git stash list
git rev-parse --abbrev-ref HEAD
docker ps
node --version
echo "please do not reboot; rm nothing"
echo '\`id\`'
echo hi 2>/dev/null
[ -f package.json ] && echo yes || echo no
[[ -d src ]] && ls src
for f in a.md b.md; do wc -l $f; done
cd src && cat a.ts
(cd src; ls)
timeout 5 cat a.txt
LC_ALL=C sort a.txt
echo "files: $(ls | wc -l)"
printf '%s\\n' a b
date +%F
ps aux | grep node
tar -tf a.tar
git status .env
git ls-files .env
git check-ignore -v .env
git rev-parse --git-path hooks
git config --global user.name
file src/index.ts
pidof node
curl -V
jq -V
docker -v
docker system df -v
python3 -h
sqlite3 -version
redis-cli -v
`;

const WORKING = `
npm test
npm run build -- --watch=false
npm ci
npx tsc --noEmit
pnpm -r test
yarn build
pytest -q tests/test_a.py::test_b
python3 -m pytest tests
python3 script.py --arg x
pip install -r requirements.txt
go build ./...
go test -race ./...
cargo clippy -- -D warnings
make -j4
./gradlew test
mvn -q test
docker build -t app .
docker compose up -d
kubectl get pods -n dev
git add -A
git commit -m "a; b"
git checkout -b feature
git pull
cp -r src dst
mv a b
mkdir -p dist/a
touch a.txt
rm -f a.txt
echo x > src/a.ts
sed -i 's/a/b/' src/a.ts
tar czf a.tgz src
curl -s https://api.example.com/v1/status
node scripts/build.mjs
bash scripts/build.sh
psql -c "select 1"
chmod +x script.sh
find . -name '*.md' -exec wc -l {} +
cat /etc/os-release
git verify-commit HEAD
rg --type-add 'web:*.{html,css}' -t web needle
NODE_OPTIONS=--max-old-space-size=4096 npm run build
PYTHONPATH=src pytest
CARGO_TERM_COLOR=always cargo test
launchctl list
bun x tsc
go test ./internal/token
go test ./internal/secrets/...
npx vitest run token
npx jest credentials
pytest -k token
npx eslint src/secrets/
gh secret list
docker secret ls
heroku ps
pm2 logs api --lines 10
supervisorctl status
ufw status
iptables -t nat -L -n -v
firewall-cmd --list-all
fdisk -l
kubectl config get-clusters
helm repo update
pyenv which python
pacman -Qi bash
git restore --staged .
git fetch --all --prune
php -S localhost:8000 -t public
git rerere --help
ldd /bin/ls
`;

const lines = (text: string): string[] => text.split('\n').filter(Boolean);

describe('everyday commands', () => {
  it('reading in the workspace is LOW', () => {
    expect(lines(READING).filter((command) => levelOfCommand(command) !== 'LOW')).toEqual([]);
  });

  it('working in the workspace is MEDIUM', () => {
    expect(lines(WORKING).filter((command) => levelOfCommand(command) !== 'MEDIUM')).toEqual([]);
  });

  it('what publishes, destroys or leaves the machine is HIGH at least', () => {
    const grave = [
      'npm publish',
      'npm run x && git push',
      'cargo publish',
      'terraform apply',
      'kubectl delete pod x',
      'kubectl -n prod delete pod x',
      'docker run -v /:/x y',
      'rm -rf lib',
      'rm *',
      'chmod 777 x',
      'systemctl stop x',
      'apt install x',
      'pkill x',
      'ssh h',
      'scp a h:b',
      'psql -c "drop table x"',
      'sqlite3 a.db ".shell id"',
      'gh repo delete x',
      'crontab x',
      'cp x /etc/y',
      'ln -s /etc/passwd x',
      'tailscale up',
      'php -S 0.0.0.0:80',
      'bun x github:a/b',
      'skill -9 x',
      'npx x .aws/credentials',
      'pytest .env',
      'zip x.zip .secrets',
      'kubectl get secret x',
      'vault read secret/x',
      'heroku ps:scale web=0',
      'pm2 delete api',
      'supervisorctl stop all',
      'ufw disable',
      'iptables -L -F',
      'iptables -F',
      'fdisk -l /dev/sda -w',
      'fdisk /dev/sda',
      'zpool destroy tank',
      'docker run -v /:/x y',
      'kubectl config use-context prod',
      'gh secret set X',
      'mise exec -- rm -rf lib',
      'pacman -Syu',
      'update-alternatives --set editor x',
      'shutdown -h',
      'git restore --staged --worktree .',
      'tar -tf a.tar -f host:/a.tar',
      'NODE_OPTIONS="--max-old-space-size=4096 --require ./x.js" npm test',
      'PYTHONPATH=/tmp/x pytest',
      'CMAKE_C_COMPILER_LAUNCHER=./x cmake --build build',
      'DOTNET_STARTUP_HOOKS=./x.dll dotnet run',
      'awk \'{print $1,\n$2 > "x"}\' a',
    ];
    expect(grave.filter((command) => rank(levelOfCommand(command)) < rank('HIGH'))).toEqual([]);
  });
});
