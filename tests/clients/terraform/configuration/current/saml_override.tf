resource "aws_iam_saml_provider" "office" {
  tags = local.tags
}
