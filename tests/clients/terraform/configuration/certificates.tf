resource "aws_iam_server_certificate" "www" {
  name             = "www"
  path             = "/cloudfront/"
  certificate_body = file("${path.module}/certificate.pem")
  private_key      = file("${path.module}/private_key.pem")
}

data "aws_iam_server_certificate" "www" {
  name       = aws_iam_server_certificate.www.name
  depends_on = [aws_iam_server_certificate.www]
}

output "certificate_expires" {
  value = data.aws_iam_server_certificate.www.expiration_date != ""
}
