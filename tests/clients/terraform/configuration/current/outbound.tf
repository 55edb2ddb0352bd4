resource "aws_iam_outbound_web_identity_federation" "account" {}

data "aws_iam_outbound_web_identity_federation" "account" {
  depends_on = [aws_iam_outbound_web_identity_federation.account]
}
