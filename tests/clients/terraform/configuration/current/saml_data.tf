data "aws_iam_saml_provider" "office" {
  arn = aws_iam_saml_provider.office.arn
}

output "saml_provider" {
  value = data.aws_iam_saml_provider.office.name
}
