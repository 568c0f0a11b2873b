#!/bin/sh
# Certificates for mutual TLS: an authority of our own, and one certificate per role.
# Whoever holds one may start runs, so keep the keys to the machines that need them; ca.key
# only makes further certificates and belongs nowhere else.
#
#     deploy/certificates.sh FOLDER
set -eu
umask 077
mkdir -p "${1:?the folder for the certificates is missing}"
cd "$1"
days=730

if ! [ -e ca.key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$days" -subj "/CN=runs authority" \
    -keyout ca.key -out ca.pem
fi
for role in scheduler worker client; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=runs $role" \
    -keyout "$role.key" -out "$role.csr"
  openssl x509 -req -in "$role.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$days" \
    -out "$role.pem"
  rm "$role.csr"
done
