resource "aws_iam_saml_provider" "office" {
  name                   = "office"
  saml_metadata_document = file("${path.module}/${var.second ? "saml_metadata_second.xml" : "saml_metadata.xml"}")
}
