/* Hashes with libcrypto. */
#include <openssl/evp.h>
#include <stdio.h>

int main(void) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size;
  if (!EVP_Digest("abc", 3, digest, &size, EVP_sha256(), NULL)) return 1;
  for (unsigned i = 0; i < 4; i++) printf("%02x", digest[i]);
  printf("\n");
  return 0;
}
