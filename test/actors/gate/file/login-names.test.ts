import { describe, expect, it } from 'vitest';
import { levelOfCommand } from '../assessing.ts';

const read = (names: string): [string, string][] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, levelOfCommand(`cat ${name}`)]);

const others = (found: [string, string][], level: string): [string, string][] => found.filter(([, got]) => got !== level);

describe('what programs keep their logins in', () => {
  it('is HIGH to read, and so is a copy of it', () => {
    const found = read(`
      .flaskenv auth.json kubeconfig.yaml my.kubeconfig kubeconfig-prod .dockerconfigjson gha-creds-1.json vault_pass.txt ansible-vault-password login.keychain
      .mylogin.cnf .sentryclirc .msmtprc sftp-config.json filezilla.xml keystore.properties ssh_host_ed25519_key prod.tfvars.json wg0.conf krb5cc_1000 jwt.secret
      cookies.txt .zhistory fish_history kaggle.json mysql_root_password x-firebase-adminsdk-1.json .envrc.local private_key.pem.txt
      wp-config-backup.php robomongo.json credentials-config.json home.nmconnection .smbcredentials rootfs/etc/shadow users.acl kube_config.yaml talosconfig vault-keys.json
      root_token ci-token.txt openai_key.txt privkey wallet.json nginx.htpasswd release.snk secring.pgp app_secret oauth2.json token.pickle gcloud-service-key.json
      id_rsa_work bitbucket_rsa x.pubxml.user .idea/dataSources.xml secret/key
      .oci/config .cloudflared/tunnel.json .config/gcloud/credentials.db
      .npmrc.bak .pgpass.old .docker/config.json.bak id_rsa~ .my.cnf.orig
    `);
    expect(others(found, 'HIGH')).toEqual([]);
  });

  it('is MEDIUM to read where only some projects keep a password in it', () => {
    const found = read(`
      tokens.json pip.conf NuGet.Config airflow.cfg config/database.yml appsettings.Production.json config.prod.json my.cnf secrets.py config/secrets.js arduino_secrets.h capture.har
      gradle.properties .env.test.example .envrc.example
    `);
    expect(others(found, 'MEDIUM')).toEqual([]);
  });

  it('is not what only sounds like it', () => {
    const found = read(
      'src/kubeconfig.go auth.md src/auth.ts docs/cookies.md design-tokens.json tokens.css passwd.md src/history.ts vault.md src/keychain.ts firebase.json config.json',
    );
    expect(others(found, 'LOW')).toEqual([]);
  });
});
